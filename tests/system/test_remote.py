"""A server that other machines reach: tokens, TLS, files that go up, logs that come down, ssh.

The client has a home of its own and talks to the server's port on 127.0.0.2, which no client takes for its own.
"""

import json
import os
import shutil
import stat
import subprocess
import unittest
import urllib.error
import urllib.request
import zipfile

from harness import SkyTest, wait_until

SERVER_ADDRESS = "127.0.0.2"
CERTIFICATES = """
set -e
openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl req -x509 -new -key ca.key -subj '/CN=Test Authority' -days 30 -out ca.pem
leaf() {
  openssl ecparam -name prime256v1 -genkey -noout -out $1.key
  openssl req -new -key $1.key -subj "/CN=$1" -out $1.csr
  printf 'subjectAltName=%s\\n' "$2" > $1.ext
  openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days $3 -extfile $1.ext -out $1.pem
}
leaf good IP:127.0.0.2 30
leaf expired IP:127.0.0.2 -1
leaf elsewhere DNS:sky.example.com 30
"""


class RemoteTest(SkyTest):
    """`self.home` is the server's, `self.client` another user's on another machine."""

    def setUp(self):
        super().setUp()
        self.client = self.new_home()
        self.token = self.ok("api", "token", "create", "alice").out.strip()

    def serve(self, *options, scheme="http"):
        self.ok("api", "start", "--host", "0.0.0.0", *options)
        self.url = f"{scheme}://{SERVER_ADDRESS}:{self.home.port}"
        return self.url

    def client_ok(self, *args, **more):
        return self.ok(*args, home=self.client, **more)

    def log_in(self, token=None, **more):
        return self.client_ok("api", "login", "-e", self.url, "--token", token or self.token, **more)

    def ask(self, path, **headers):
        request = urllib.request.Request(f"http://{SERVER_ADDRESS}:{self.home.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


class Tokens(RemoteTest):
    def test_login_with_a_token_and_use_the_server_as_its_user(self):
        url = self.serve()
        result = self.log_in()
        self.assertIn(f"Logged into SkyPilot API server at: {url}", result.out)
        self.assertIn("User: alice", result.out)
        config = self.client.path / ".sky/config.yaml"
        self.assertEqual(stat.S_IMODE(config.stat().st_mode), 0o600)
        self.assertIn("alice", self.client_ok("api", "info").out)
        self.client_ok("launch", "-y", "-c", "c", "echo from afar")
        row = self.client.cluster("c")
        self.assertEqual(row["user_name"], "alice")
        self.client_ok("api", "logout")
        self.assertNotIn("sky_", config.read_text())

    def test_the_owner_needs_no_token(self):
        self.serve()
        self.ok("launch", "-y", "-c", "c", "true")
        self.assertEqual(self.home.cluster("c")["user_name"], "tester")

    def test_a_wrong_or_revoked_token_is_refused(self):
        self.serve()
        result = self.exits(1, "api", "login", "-e", self.url, "--token", "sky_wrong", home=self.client)
        self.assertIn("does not know this token", result.err)
        self.assertFalse((self.client.path / ".sky/config.yaml").exists())
        result = self.exits(1, "api", "login", "-e", self.url, "--token", "wrong", home=self.client)
        self.assertIn('Token must start with "sky_"', result.err)
        self.log_in()
        self.client_ok("status")
        self.ok("api", "token", "revoke", "alice")
        result = self.exits(1, "status", home=self.client)
        self.assertIn("sky api login", result.err)

    def test_only_digests_of_tokens_are_kept(self):
        self.serve()
        self.log_in()
        self.client_ok("status")
        for path in (self.home.path / ".sky/server").rglob("*"):
            if path.is_file():
                self.assertNotIn(self.token[4:].encode(), path.read_bytes(), path)

    def test_what_strangers_see(self):
        self.serve()
        self.assertEqual(self.ask("/api/health")[0], 200)
        status, body = self.ask("/api/health", **{"X-SkyPilot-API-Version": "62"})
        self.assertEqual((status, json.loads(body)["status"]), (200, "needs_auth"))
        for path in ("/api/status", "/status", "/nowhere", "/dashboard"):
            self.assertEqual(self.ask(path)[0], 401, path)
        good = {"Authorization": f"Bearer {self.token}"}
        self.assertEqual(self.ask("/api/status", **good)[0], 200)
        self.assertEqual(self.ask("/api/status", Origin="https://evil.example", **good)[0], 403)

    def test_a_server_that_crashed_comes_back_as_it_was(self):
        self.serve()
        self.log_in()
        self.home.kill_server()
        self.ok("status")
        self.client_ok("status")


class LoopbackServer(SkyTest):
    def test_a_page_in_a_browser_cannot_drive_it(self):
        self.ok("api", "start")
        url = f"http://127.0.0.1:{self.home.port}"
        hostile = [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Host": "evil.example"},
            {"Host": f"evil.example:{self.home.port}"},
            {"Sec-Fetch-Site": "cross-site"},
        ]
        for headers in hostile:
            for path, body in (("/api/status", None), ("/down", b"{}"), ("/launch", b"{}")):
                request = urllib.request.Request(url + path, data=body, headers=headers)
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(request, timeout=20)
                self.assertEqual(refused.exception.code, 403, (headers, path))


class Tls(RemoteTest):
    def setUp(self):
        super().setUp()
        self.certificates = self.home.path / "certificates"
        self.certificates.mkdir()
        subprocess.run(["bash", "-c", CERTIFICATES], cwd=self.certificates, check=True, capture_output=True)
        self.trust = {"SSL_CERT_FILE": str(self.certificates / "ca.pem")}

    def serve_with(self, name):
        options = ("--tls-cert", self.certificates / f"{name}.pem", "--tls-key", self.certificates / f"{name}.key")
        return self.serve(*options, scheme="https")

    def test_launch_through_tls(self):
        self.serve_with("good")
        self.log_in(env=self.trust)
        result = self.client_ok("launch", "-y", "-c", "c", "echo through tls", env=self.trust)
        self.assertIn("through tls", result.out)
        self.ok("status")
        untrusted = self.exits(1, "status", home=self.client)
        self.assertIn("an authority that this machine does not trust", untrusted.err)
        self.assertIn("SSL_CERT_FILE", untrusted.err)

    def test_bad_certificates_say_what_is_wrong(self):
        for name, words in (("expired", "expired on 20"), ("elsewhere", "is for sky.example.com, not for '127.0.0.2'")):
            self.serve_with(name)
            login = ("api", "login", "-e", self.url, "--token", self.token)
            result = self.exits(1, *login, home=self.client, env=self.trust)
            self.assertIn(words, result.err)
            self.ok("api", "stop")


class Files(RemoteTest):
    def setUp(self):
        super().setUp()
        self.serve()
        self.log_in()

    def task(self, run="cat a.txt sub/b.txt /tmp/*-$SKYPILOT_TASK_ID 2>/dev/null; ls"):
        self.client.write("wd/a.txt", "content of a\n")
        self.client.write("wd/sub/b.txt", "content of b\n")
        self.client.write("wd/skipped.log", "never\n")
        self.client.write("wd/.skyignore", "*.log\n")
        self.client.write("data/m.txt", "content of m\n")
        self.client.write("t.yaml", f"workdir: wd\nfile_mounts:\n  ~/mounted: data\nrun: |\n  {run}\n")

    def test_workdir_and_mounts_go_up_and_changes_follow(self):
        self.task("cat a.txt sub/b.txt ~/mounted/m.txt; ls")
        result = self.client_ok("launch", "-y", "-c", "c", "t.yaml")
        self.assertIn("Uploading files to API server", result.out)
        for words in ("content of a", "content of b", "content of m"):
            self.assertIn(words, result.out)
        self.assertNotIn("skipped.log", result.out)
        self.client.write("wd/a.txt", "changed a\n")
        result = self.client_ok("exec", "c", "t.yaml")
        self.assertIn("changed a", result.out)

    def test_logs_come_down(self):
        self.client_ok("launch", "-y", "-c", "c", "echo to be kept")
        self.client_ok("logs", "c", "1", "--sync-down")
        logs = list((self.client.path / "sky_logs/c").rglob("run.log"))
        self.assertEqual(len(logs), 1)
        self.assertIn("to be kept", logs[0].read_text())

    def test_paths_of_the_server_are_not_for_clients(self):
        secret = self.home.write("secret/key", "of the server")
        body = {
            "task": f"workdir: {secret.parent}\nrun: cat key\n",
            "cluster_name": "c",
            "env_vars": {},
            "entrypoint": "",
            "entrypoint_command": "",
        }
        request = urllib.request.Request(
            f"http://{SERVER_ADDRESS}:{self.home.port}/launch",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        self.assertIn("was not uploaded", refused.exception.read().decode())

    def test_an_upload_goes_on_after_the_server_was_killed(self):
        self.task("sha256sum big | cut -c1-8; ls many | wc -l")
        big = self.client.path / "wd/big"
        with open(big, "wb") as file:
            for i in range(64):
                file.write(os.urandom(1 << 20) if i % 8 == 0 else bytes(1 << 20))
        for i in range(200):
            self.client.write(f"wd/many/{i}", "x" * 1000)
        launch = self.client.start("launch", "-y", "-c", "c", "t.yaml")
        uploads = self.home.path / ".sky/server/uploads"
        wait_until(lambda: any(path.is_file() for path in uploads.rglob("*")), what="the upload's beginning")
        self.home.kill_server()
        self.ok("status")
        out, err = launch.communicate(timeout=120)
        self.assertEqual(launch.returncode, 0, out.decode() + err.decode())
        digest = subprocess.run(["sha256sum", big], capture_output=True, check=True).stdout.decode()[:8]
        self.assertIn(digest, out.decode())
        self.assertRegex(out.decode(), r"\) 200\n")

    def test_the_zip_route_of_stock_clients(self):
        blob = "ab" * 32
        archive = self.client.path / "up.zip"
        self.client.write("root/home/u/wd/a.txt", "from a zip\n")
        with zipfile.ZipFile(archive, "w") as out:
            out.write(self.client.path / "root/home/u/wd/a.txt", "/home/u/wd/a.txt")
        content = archive.read_bytes()
        half = len(content) // 2
        good = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/octet-stream"}

        def send(index, data):
            query = f"user_hash=abc&upload_id={blob}&chunk_index={index}&total_chunks=2"
            url = f"http://{SERVER_ADDRESS}:{self.home.port}/upload_v2?{query}"
            with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=good), timeout=20) as reply:
                return json.load(reply)

        def exists():
            return json.loads(self.ask(f"/upload_v2/blob?user_hash=abc&blob_id={blob}", **good)[1])["exists"]

        self.assertFalse(exists())
        self.assertEqual(send(1, content[half:]), {"status": "uploading", "missing_chunks": [0]})
        self.assertEqual(send(0, content[:half]), {"status": "completed", "missing_chunks": None})
        self.assertTrue(exists())
        body = {
            "task": 'workdir: /home/u/wd\nrun: cat a.txt\nfile_mounts_mapping: {"/home/u/wd": "/home/u/wd"}\n',
            "cluster_name": "c",
            "file_mounts_blob_id": blob,
            "env_vars": {},
            "entrypoint": "",
            "entrypoint_command": "",
        }
        request = urllib.request.Request(
            f"http://{SERVER_ADDRESS}:{self.home.port}/launch", data=json.dumps(body).encode(), headers=good
        )
        urllib.request.urlopen(request, timeout=20).close()
        wait_until(lambda: (self.client.cluster("c") or {}).get("status") == "UP", what="the cluster")
        self.assertIn("from a zip", self.client_ok("logs", "c", "1").out)


class Ssh(SkyTest):
    def ssh(self, *args, name="c", stdin=b"", home=None, options=()):
        home = home or self.home
        # ssh finds ~ by the list of users, not by $HOME: the generated file is named.
        cluster = name.split("-worker")[0]
        config = home.path / f".sky/generated/ssh/{cluster}"
        return subprocess.run(
            ["ssh", "-F", config, "-o", "LogLevel=ERROR", *options, name, *args],
            input=stdin,
            capture_output=True,
            timeout=120,
            env=home.environment(),
            check=False,
        )

    def test_commands_exit_codes_and_streams(self):
        self.ok("launch", "-y", "-c", "c", "true")
        done = self.ssh("echo hi; echo oops >&2; exit 7")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (7, b"hi\n", b"oops\n"))
        self.assertEqual(self.ssh("cat; echo end", stdin=b"in\n").stdout, b"in\nend\n")
        self.assertEqual(self.ssh("kill -9 $$").returncode, 137)
        self.assertIn(f"{self.home.path}", self.ssh("echo $HOME").stdout.decode())
        self.assertEqual(self.ssh("touch here; exit 0").returncode, 0)
        shell = self.ssh(stdin=b"echo from a shell; exit 3\n")
        self.assertEqual((shell.returncode, b"from a shell" in shell.stdout), (3, True))

    def test_a_terminal(self):
        self.ok("launch", "-y", "-c", "c", "true")
        done = self.ssh("tty && stty size && echo $TERM", options=("-tt",))
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(b"/dev/pts/", done.stdout)

    def test_bytes_arrive_unchanged_both_ways(self):
        self.ok("launch", "-y", "-c", "c", "true")
        data = os.urandom(1 << 20) * 100
        done = self.ssh("cat", stdin=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout == data, f"{len(done.stdout)} of {len(data)} bytes")

    def test_workers_and_what_does_not_exist(self):
        self.ok("launch", "-y", "-c", "c", "--num-nodes", "2", "true")
        head, worker = self.ssh("echo $HOME").stdout, self.ssh("echo $HOME", name="c-worker1").stdout
        self.assertNotEqual(head, b"")
        self.assertNotEqual(worker, b"")
        self.assertNotEqual(head, worker)
        result = self.exits(1, "__proxy", "nosuch")
        self.assertIn("Cluster 'nosuch' does not exist.", result.err)
        self.ok("stop", "-y", "c")
        self.assertIn("not UP", self.exits(1, "__proxy", "c").err)
        self.ok("down", "-y", "c")
        self.assertFalse((self.home.path / ".sky/generated/ssh/c").exists())

    def test_another_key_may_not_come_in(self):
        self.ok("launch", "-y", "-c", "c", "true")
        other = self.home.path / "other"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
        key = (self.home.path / ".sky/generated/ssh-keys/sky-key").rename(self.home.path / "moved")
        done = self.ssh("true", options=("-i", other))
        key.rename(self.home.path / ".sky/generated/ssh-keys/sky-key")
        self.assertEqual(done.returncode, 255, done)
        self.assertIn(b"Permission denied", done.stderr)

    @unittest.skipUnless(shutil.which("scp") and shutil.which("rsync"), "needs scp and rsync")
    def test_scp_and_rsync(self):
        self.ok("launch", "-y", "-c", "c", "true")
        config = self.home.path / ".sky/generated/ssh/c"
        source = self.home.write("sent.txt", "through scp\n")
        ssh = f"ssh -F {config} -o LogLevel=ERROR"
        environment = self.home.environment()
        subprocess.run(["rsync", "-e", ssh, source, "c:by_rsync.txt"], env=environment, check=True, timeout=60)
        self.assertEqual(self.ssh("cat by_rsync.txt").stdout, b"through scp\n")
        subprocess.run(["scp", "-O", "-q", "-F", config, source, "c:by_scp.txt"], env=environment, check=True, timeout=60)
        self.assertEqual(self.ssh("cat by_scp.txt").stdout, b"through scp\n")


class RemoteSsh(RemoteTest):
    def test_through_a_server_with_tokens(self):
        self.serve()
        self.log_in()
        self.client_ok("launch", "-y", "-c", "c", "true")
        done = Ssh.ssh(self, "echo far away", home=self.client)
        self.assertEqual((done.returncode, done.stdout), (0, b"far away\n"), done)
        self.ok("api", "token", "revoke", "alice")
        self.assertEqual(Ssh.ssh(self, "echo no", home=self.client).returncode, 255)


if __name__ == "__main__":
    unittest.main()
