"""`sky-agent ssh`: one ssh connection on stdin and stdout, with the ssh client of the machine at the other end."""

import os
import pathlib
import shlex
import subprocess
import tempfile
import unittest

from harness import BIN_DIR


class AgentSsh(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sky-ssh-")
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)
        self.key = self.new_key("id")

    def new_key(self, name):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.home / name], check=True)
        return self.home / name

    def ssh(self, *args, stdin=b"", key=None, options=()):
        public = self.key.with_suffix(".pub").read_text().strip()
        proxy = shlex.join([str(BIN_DIR / "sky-agent"), "ssh", "--key", public, "--home", str(self.home)])
        settings = {
            "ProxyCommand": proxy,
            "IdentityFile": str(key or self.key),
            "IdentitiesOnly": "yes",
            "BatchMode": "yes",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "LogLevel": "ERROR",
        }
        said = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        command = ["ssh", "-F", "/dev/null", *said, *options, "anyone@node", *args]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False)

    def test_commands_exit_codes_and_streams(self):
        done = self.ssh("pwd; echo oops >&2; exit 7")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (7, f"{self.home}\n".encode(), b"oops\n"))
        self.assertEqual(self.ssh("cat; echo end", stdin=b"in\n").stdout, b"in\nend\n")
        shell = self.ssh(stdin=b"echo from a shell; exit 3\n")
        self.assertEqual((shell.returncode, b"from a shell" in shell.stdout), (3, True), shell)

    def test_a_terminal(self):
        done = self.ssh("tty && stty size", options=("-tt",))
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(b"/dev/pts/", done.stdout)

    def test_bytes_arrive_unchanged_both_ways(self):
        data = os.urandom(1 << 20) * 16
        done = self.ssh("cat", stdin=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout == data, f"{len(done.stdout)} of {len(data)} bytes")

    def test_another_key_may_not_come_in(self):
        done = self.ssh("true", key=self.new_key("other"))
        self.assertEqual(done.returncode, 255, done)
        self.assertIn(b"Permission denied", done.stderr)

    def test_ports_are_not_forwarded(self):
        done = self.ssh(options=("-W", "127.0.0.1:22"))
        self.assertEqual(done.returncode, 255, done)


if __name__ == "__main__":
    unittest.main()
