"""Says for which processor each function was built, and fails for one that is not what its template deploys it on.

    python tests/deploy/machines.py .aws-sam/build [--expect arm64]
"""

import argparse
import pathlib
import re
import sys

# The field `e_machine` of an ELF header.
PROCESSORS = {0x3E: "x86_64", 0xB7: "arm64"}


def processor(binary):
    """For which processor an ELF binary was compiled, in Lambda's words."""
    header = binary.read_bytes()[:20]
    if header[:4] != b"\x7fELF":
        sys.exit(f"FAILED: {binary} is no ELF binary")
    number = int.from_bytes(header[18:20], "little")
    return PROCESSORS.get(number, f"processor {number:#x}")


def deployed_on(template):
    """The processor that a template deploys its functions on. `sam build` may write the list on lines of its own."""
    found = re.findall(r"Architectures:\s*(?:\[|-)\s*(\w+)", template.read_text())
    if len(found) != 1:
        sys.exit(f"FAILED: {template} names {len(found)} processors, not one")
    return found[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--expect", help="the processor that the template must name")
    arguments = parser.parse_args()
    wanted = deployed_on(arguments.build / "template.yaml")
    if arguments.expect and wanted != arguments.expect:
        sys.exit(f"FAILED: the template deploys on {wanted}, not on {arguments.expect}")
    folders = sorted(arguments.build.glob("*Function"))
    if not folders:
        sys.exit(f"FAILED: {arguments.build} holds no function")
    built = {folder.name: processor(folder / "bootstrap") for folder in folders}
    wrong = {name: processor for name, processor in built.items() if processor != wanted}
    print(f"{len(built)} functions for {wanted}: {', '.join(built)}")
    if wrong:
        sys.exit(f"FAILED: the template deploys on {wanted}, but {wrong}")


if __name__ == "__main__":
    main()
