"""The server is killed, or its disk fails, at the n-th write, sync or rename of its state, for every n (strace injects it).

By default every tenth n, beginning at another one each day, for at most SKY_CRASH_SECONDS (90). SKY_CRASH_ALL=1 does
all of them without a limit. Whatever n: what was acknowledged is there, no job ran twice, and nothing is left over.
"""

import contextlib
import datetime
import os
import re
import shutil
import subprocess
import time
import unittest

from harness import BIN_DIR, Home, SkyTest, wait_until

SECONDS = float(os.environ.get("SKY_CRASH_SECONDS", "90"))
ALL = os.environ.get("SKY_CRASH_ALL") == "1"
STRIDE = 1 if ALL else 10
# The calls by which state reaches the disk, each with the calls that count as it.
POINTS = {"write": "pwrite64", "sync": "fsync,fdatasync", "rename": "rename,renameat,renameat2"}
ERRORS = ("EIO", "ENOSPC")


def strace(*options):
    """strace of a server and its threads, not of what it starts."""
    return ["strace", "-f", "-b", "execve", "-qq", "-e", "signal=none", *options]


class Run:
    """One home, one traced server, and a script of commands against it."""

    def __init__(self, test, options):
        self.test = test
        self.home = Home()
        test.addCleanup(self.home.close)
        self.marks = self.home.path / "marks"
        self.log = self.home.path / "strace.log"
        environment = self.home.environment(ASAN_OPTIONS="detect_leaks=0")
        self.server = subprocess.Popen(
            [*strace("-o", str(self.log), *options), str(BIN_DIR / "sky-server"), "--port", str(self.home.port)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.results = []

    def await_server(self):
        """Until it answers, or has met its end on the way up."""
        wait_until(lambda: self.home.server_info() or self.server.poll() is not None, 60, "the traced server")

    def sky(self, *args):
        result = self.home.sky(*args, timeout=120)
        self.results.append(result)
        return result

    def script(self):
        self.await_server()
        self.sky("launch", "-y", "-c", "c", f"echo launched >> {self.marks}")
        self.sky("exec", "c", f"echo executed >> {self.marks}")
        self.sky("down", "-y", "c")

    def ran(self, word):
        return self.marks.read_text().split().count(word) if self.marks.exists() else 0

    def told(self):
        return "\n".join(map(str, self.results))

    def end(self):
        """Whatever is left goes, and then there is nothing."""
        test = self.test
        for word, result in zip(("launched", "executed"), self.results):
            test.assertLessEqual(self.ran(word), 1, f"ran twice\n{self.told()}")
            if result.code == 0:
                test.assertEqual(self.ran(word), 1, f"said to have run\n{self.told()}")
        if self.home.cluster("c") is not None:
            wait_until(lambda: self.sky("down", "-y", "c").code == 0, 60, "the last down")
        test.assertEqual(self.home.sky("status", "-o", "json").json(), [], self.told())
        wait_until(lambda: not self.agents(), 30, "the end of all agents")
        nodes = self.home.path / ".sky/server/local"
        test.assertEqual([path for path in nodes.rglob("claim")], [], self.told())
        self.home.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.server.wait(10)

    def agents(self):
        return [command for _pid, command in self.home.own_processes() if "sky-agent" in command]


def count_calls(log, names):
    """How often one thread at most makes these calls: strace counts by thread."""
    pattern = re.compile(r"^(\d+) +(" + names.replace(",", "|") + r")\(")
    counts = {}
    for line in log.read_text(errors="replace").splitlines():
        if match := pattern.match(line):
            counts[match[1]] = counts.get(match[1], 0) + 1
    return max(counts.values(), default=0)


@unittest.skipUnless(shutil.which("strace"), "needs strace")
class CrashPoints(SkyTest):
    def points(self):
        """(kind, calls, n) for every n that is due today, kinds in turns."""
        run = Run(self, ["-e", "trace=" + ",".join(POINTS.values())])
        run.script()
        for result in run.results:
            self.assertEqual(result.code, 0, str(result))
        run.sky("api", "stop")
        totals = {kind: count_calls(run.log, calls) for kind, calls in POINTS.items()}
        run.end()
        for kind, total in totals.items():
            self.assertGreater(total, 2, f"the server makes no {kind} calls any more: {totals}")
        day = datetime.date.today().toordinal()
        due = [
            (n / totals[kind], kind, POINTS[kind], n)
            for kind in POINTS
            for n in range(1, totals[kind] + 1)
            if (n + day) % STRIDE == 0
        ]
        return [point[1:] for point in sorted(due)]

    def visit(self, what, check, seconds):
        points = self.points()
        limit = time.monotonic() + seconds
        done = 0
        for kind, calls, n in points:
            if not ALL and time.monotonic() > limit:
                break
            with self.subTest(kind=kind, n=n, fault=what):
                run = Run(self, ["-e", f"trace={calls}", "-e", f"inject={calls}:{what}:when={n}"])
                run.script()
                check(run)
                run.end()
            done += 1
        print(f"         {what}: {done} of {len(points)} points", flush=True)
        self.assertGreater(done, 0)

    def test_kill_at_every_point(self):
        def nothing_happened(run):
            for result in run.results:
                self.assertEqual(result.code, 0, run.told())

        self.visit("signal=KILL", nothing_happened, SECONDS * 0.6)

    def test_error_at_every_point(self):
        day = datetime.date.today().toordinal()
        for error in ERRORS if ALL else [ERRORS[day % len(ERRORS)]]:
            self.visit(f"error={error}", lambda run: None, SECONDS * 0.4)


class BadDisks(SkyTest):
    def mount(self, *args):
        if os.geteuid() != 0 or subprocess.run(["mount", *args], capture_output=True, check=False).returncode != 0:
            self.skipTest("cannot mount here")
        self.addCleanup(subprocess.run, ["umount", "-l", args[-1]], check=False)

    def test_read_only_state_is_one_sentence(self):
        state = self.home.path / ".sky" / "server"
        state.mkdir(parents=True)
        self.mount("-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(state))
        result = self.exits(1, "status")
        self.assertIn("Read-only file system", result.err)

    def test_disk_without_room_for_a_server_is_one_sentence(self):
        state = self.home.path / ".sky" / "server"
        state.mkdir(parents=True)
        self.mount("-t", "tmpfs", "-o", "size=16k", "tmpfs", str(state))
        result = self.exits(1, "status")
        self.assertIn("No space left on device", result.err)
