"""Prints how large each function's zip is, as `sam package` makes it, and fails for one over 5 MB.

    python tests/deploy/sizes.py .aws-sam/build
"""

import io
import pathlib
import sys
import zipfile

# A cold start loads the zip; a Rust function with six SDK clients fits well within.
LARGEST = 5_000_000


def zipped(folder):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return buffer.tell()


def main():
    too_large = []
    print("| function | binary | zip |\n| --- | ---: | ---: |")
    for folder in sorted(pathlib.Path(sys.argv[1]).glob("*Function")):
        binary, archive = (folder / "bootstrap").stat().st_size, zipped(folder)
        print(f"| {folder.name} | {binary / 1e6:.1f} MB | {archive / 1e6:.2f} MB |")
        if archive > LARGEST:
            too_large.append(folder.name)
    if too_large:
        sys.exit(f"FAILED: over {LARGEST / 1e6} MB: {', '.join(too_large)}")


if __name__ == "__main__":
    main()
