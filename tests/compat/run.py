#!/usr/bin/env python3
"""Runs the comparisons with SkyPilot: `tests/compat/run.py [FOLDER…]`, each tests/compat/<folder>/run.py by itself.

A comparison ends with `N passed, N failed`, or with exit code 77 when SkyPilot is not installed and cannot be. The last
line adds them up.
"""
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


def main():
    folders = sys.argv[1:] or sorted(script.parent.name for script in HERE.glob("*/run.py"))
    passed = failed = 0
    for folder in folders:
        done = subprocess.run([sys.executable, HERE / folder / "run.py"], stdout=subprocess.PIPE, text=True)
        print(done.stdout, end="", flush=True)
        if done.returncode == SKIPPED:
            continue
        counts = re.findall(r"^(\d+) passed, (\d+) failed$", done.stdout, re.MULTILINE)
        good, bad = map(int, counts[-1]) if counts else (0, 1)
        passed += good
        failed += max(bad, int(done.returncode != 0))
    print(f"{passed} passed, {failed} failed")
    sys.exit(int(failed > 0))


if __name__ == "__main__":
    main()
