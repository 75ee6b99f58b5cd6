#!/usr/bin/env python3
"""Checks that a note of unfinished work names its issue, `TODO(#123): …`: check_todo.py [ROOT]

Looks at every tracked text file. Prints one line per violation, exit 1 if there is one.
"""
import pathlib
import re
import subprocess
import sys

NOTE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\): \S)")
SELF = {"tools/check_todo.py", "tools/test_checks.py", "LICENSE"}
# Templates of mktemp and placeholders in recorded texts are no notes.
SKIPPED = re.compile(r"(^|/)testdata/|\.(png|svg|gz|zst|bin)$")


def violations_in(name: str, text: str) -> list[str]:
    return [
        f"{name}:{number}: {match.group(1)} without an issue; write '{match.group(1)}(#123): …' or do it now"
        for number, line in enumerate(text.splitlines(), 1)
        if (match := NOTE.search(line))
    ]


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    names = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True).stdout
    violations = []
    for name in filter(None, names.split("\0")):
        path = root / name
        if name in SELF or SKIPPED.search(name) or not path.is_file():
            continue
        violations += violations_in(name, path.read_text(errors="replace"))
    print("\n".join(violations), end="\n" if violations else "")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
