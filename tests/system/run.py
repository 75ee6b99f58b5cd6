#!/usr/bin/env python3
"""Runs the system tests: `tests/system/run.py [module[.Class[.test]]]…`. The last line is `N passed, N failed`.

The programs come from $SKY_BIN_DIR (default: build/dev/bin).
"""

import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


class Reporter(unittest.TextTestResult):
    """One line per test with its time, so that a slow or stuck one is seen at once."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.passed = 0

    def startTest(self, test):
        self.begin = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.passed += 1
        print(f"[{time.monotonic() - self.begin:6.2f} s] ok   {test.id()}", flush=True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"[{time.monotonic() - self.begin:6.2f} s] skip {test.id()}: {reason}", flush=True)

    def addError(self, test, err):
        super().addError(test, err)
        print(f"[{time.monotonic() - self.begin:6.2f} s] FAIL {test.id()}", flush=True)

    addFailure_base = unittest.TextTestResult.addFailure

    def addFailure(self, test, err):
        self.addFailure_base(test, err)
        print(f"[{time.monotonic() - self.begin:6.2f} s] FAIL {test.id()}", flush=True)


def main():
    here = pathlib.Path(__file__).resolve().parent
    names = sys.argv[1:] or sorted(path.stem for path in here.glob("test_*.py"))
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0, resultclass=Reporter).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
