"""Lays cargo's own release binaries out as `sam build` would, so that the proof needs no second compilation.

    python tests/deploy/assemble.py target/release target/assembled

`.ci/sam` runs the proof on what `sam build` itself makes.
"""

import pathlib
import re
import shutil
import sys

from machines import processor

TEMPLATE = pathlib.Path("template.yaml")


def main():
    binaries, out = map(pathlib.Path, sys.argv[1:])
    shutil.rmtree(out, ignore_errors=True)

    def laid(found):
        job = found.group(1)
        folder = out / f"{job.capitalize()}Function"
        folder.mkdir(parents=True)
        shutil.copy2(binaries / f"cachekeep-{job}", folder / "bootstrap")
        return f"CodeUri: {folder.name}"

    text, functions = re.subn(r"CodeUri: functions/(\w+)", laid, TEMPLATE.read_text())
    if functions != 6:
        sys.exit(f"FAILED: {TEMPLATE} has {functions} functions, not 6")
    # `sam build` compiles for what the template says; here it is the other way round.
    built = processor(binaries / "cachekeep-snapshot")
    text, lines = re.subn(r"Architectures: \[\w+\]", f"Architectures: [{built}]", text)
    if lines != 1:
        sys.exit(f"FAILED: {TEMPLATE} names {lines} processors, not one")
    (out / "template.yaml").write_text(text)


if __name__ == "__main__":
    main()
