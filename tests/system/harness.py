"""What every system test stands on: a home directory of its own, a server of its own, and nothing left behind.

A test case makes one or more Homes. Everything that a Home starts carries its path in the environment or on the command
line, so that clean-up finds it by process, never by name, also after a failed test.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BIN_DIR = pathlib.Path(os.environ.get("SKY_BIN_DIR", REPOSITORY / "build" / "dev" / "bin"))
KEPT_VARIABLES = ("PATH", "LANG", "TERM", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LLVM_PROFILE_FILE")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes():
    """(pid, command line, environment) of every live process of this machine that we may look at."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError):
            folder = f"/proc/{entry}"
            with open(f"{folder}/stat", "rb") as file:
                if file.read().rsplit(b")", 1)[1].split()[0] == b"Z":
                    continue
            with open(f"{folder}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
            with open(f"{folder}/environ", "rb") as file:
                environment = file.read().decode(errors="replace")
            yield int(entry), command, environment


def wait_until(condition, seconds=20.0, what="the condition"):
    """Polls a condition about real processes; a system test may do that, no other test."""
    limit = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > limit:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(0.02)


class Result:
    def __init__(self, argv, completed, seconds):
        self.argv = argv
        self.code = completed.returncode
        self.out = completed.stdout.decode(errors="replace")
        self.err = completed.stderr.decode(errors="replace")
        self.raw = completed.stdout
        self.seconds = seconds

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"$ {' '.join(self.argv)}\n[exit {self.code}, {self.seconds:.2f} s]\n{self.out}\n--- stderr\n{self.err}"


class Home:
    """A user's home with its own API server on a port of its own."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="sky-system-"))
        self.port = free_port()
        self.extra = {}

    def environment(self, **more):
        env = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        env |= {
            "HOME": str(self.path),
            "USER": "tester",
            "SKYPILOT_API_SERVER_LOCAL_PORT": str(self.port),
            "SKY_SYSTEM_TEST_HOME": str(self.path),
        }
        return env | self.extra | {key: value for key, value in more.items() if value is not None}

    def argv(self, *args):
        return [str(BIN_DIR / "sky"), *map(str, args)]

    def sky(self, *args, stdin="", timeout=90, cwd=None, env=None):
        """Runs `sky` to its end and returns a Result; a hang is a failure."""
        argv = self.argv(*args)
        begin = time.monotonic()
        completed = subprocess.run(
            argv,
            input=stdin.encode(),
            capture_output=True,
            timeout=timeout,
            cwd=cwd or self.path,
            env=self.environment(**(env or {})),
            check=False,
        )
        return Result(["sky", *map(str, args)], completed, time.monotonic() - begin)

    def start(self, *args, cwd=None, env=None):
        """Starts `sky` in the background; the caller waits for it."""
        return subprocess.Popen(
            self.argv(*args),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd or self.path,
            env=self.environment(**(env or {})),
        )

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def server_info(self):
        with contextlib.suppress(OSError, ValueError):
            return json.loads((self.path / ".sky/server/server.json").read_text())
        return None

    def server_pid(self):
        info = self.server_info()
        return info["pid"] if info else None

    def kill_server(self):
        """kill -9, and wait until it is gone."""
        pid = self.server_pid()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid), what="the server's end")
        return pid

    def cluster(self, name):
        rows = [row for row in self.sky("status", "-o", "json").json() if row["name"] == name]
        return rows[0] if rows else None

    def jobs(self, cluster):
        return {row["job_id"]: row for row in self.sky("queue", cluster, "-o", "json").json()[cluster]}

    def own_processes(self):
        marker = f"SKY_SYSTEM_TEST_HOME={self.path}"
        for pid, command, environment in processes():
            if pid != os.getpid() and (marker in environment or str(self.path) in command or f"HOME={self.path}" in environment):
                yield pid, command

    def close(self):
        for _ in range(50):
            found = list(self.own_processes())
            if not found:
                break
            for pid, _command in found:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        shutil.rmtree(self.path, ignore_errors=True)


def is_alive(pid):
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rsplit(b")", 1)[1].split()[0] != b"Z"
    return False


class SkyTest(unittest.TestCase):
    """One Home per test; the output of the last command is shown when an assertion fails."""

    def setUp(self):
        self.home = Home()
        self.addCleanup(self.home.close)

    def new_home(self):
        home = Home()
        self.addCleanup(home.close)
        return home

    def ok(self, *args, **more):
        return self.exits(0, *args, **more)

    def exits(self, code, *args, home=None, **more):
        result = (home or self.home).sky(*args, **more)
        self.assertEqual(result.code, code, str(result))
        self.assertNotIn("Traceback", result.err)
        return result
