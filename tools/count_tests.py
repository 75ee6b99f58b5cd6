#!/usr/bin/env python3
"""Counts the cases of a ctest run: count_tests.py JUNIT_XML GTEST_JSON_DIR

ctest counts programs; this counts what ran inside them. A program that wrote no gtest report (it is no gtest program, or
it crashed) counts as one case with ctest's verdict; one that failed although no case of it did (a leak found at exit)
adds one failure; one that could not be started, which ctest calls skipped, is a failure too.

Prints `N passed, N failed`, after a line with the skipped cases if there are any.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def count_program(failed: bool, report: pathlib.Path) -> tuple[int, int, int]:
    """(passed, failed, skipped) of one ctest entry."""
    try:
        cases = [case for suite in json.loads(report.read_text())["testsuites"] for case in suite["testsuite"]]
    except (OSError, ValueError, KeyError):
        return (0, 1, 0) if failed else (1, 0, 0)
    ran = [case for case in cases if case.get("status") == "RUN"]
    bad = sum(1 for case in ran if case.get("failures"))
    skipped = len(cases) - len(ran) + sum(1 for case in ran if case.get("result") == "SKIPPED")
    passed = len(cases) - bad - skipped
    return passed, max(bad, 1) if failed else bad, skipped


def count(junit: pathlib.Path, reports: pathlib.Path) -> tuple[int, int, int]:
    totals = [0, 0, 0]
    for entry in ElementTree.parse(junit).getroot().iter("testcase"):
        skipped = entry.find("skipped")
        if skipped is not None and skipped.get("message", "").startswith(("SKIP_", "Disabled")):
            part = (0, 0, 1)
        else:
            part = count_program(entry.get("status") != "run", reports / f"{entry.get('name')}_test.json")
        totals = [total + more for total, more in zip(totals, part)]
    return totals[0], totals[1], totals[2]


def main() -> int:
    passed, failed, skipped = count(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
