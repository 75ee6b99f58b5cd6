"""What must survive: kill -9 of server and agents, races, a full disk, taken ports, wrong input."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time

from harness import SkyTest, is_alive, wait_until


class Server(SkyTest):
    def test_api_stop_and_crash_leave_jobs_alone(self):
        self.ok("launch", "-y", "-d", "-c", "c", "sleep 3; echo survived")
        self.ok("api", "stop")
        self.assertIn("survived", self.ok("logs", "c", "1").out)
        self.ok("exec", "-d", "c", "sleep 3; echo crashed over")
        self.home.kill_server()
        self.assertIn("crashed over", self.ok("logs", "c", "2").out)

    def test_client_goes_on_when_the_server_is_killed_in_the_middle(self):
        self.ok("launch", "-y", "-c", "c", "true")
        client = self.home.start("exec", "c", "echo begin; sleep 3; echo end")
        wait_until(lambda: len(self.home.jobs("c")) == 2, what="the job")
        self.home.kill_server()
        out, err = client.communicate(timeout=60)
        self.assertEqual(client.returncode, 0, (out, err))
        lines = out.decode().splitlines()
        for word in ("begin", "end"):
            self.assertEqual(sum(line.endswith(f") {word}") for line in lines), 1, out)

    def test_requests_survive_a_killed_server(self):
        self.ok("api", "start")
        ids = []
        for number in range(5):
            out = self.ok("launch", "-y", "--async", "-c", f"c{number}", f"echo {number} > ~/done").out
            ids.append(out.split()[3])
        self.home.kill_server()
        wait_until(
            lambda: sum(row["status"] == "UP" for row in self.ok("status", "-o", "json").json()) == 5, 60, "five clusters"
        )
        for number in range(5):
            wait_until(lambda n=number: list(self.home.jobs(f"c{n}")) == [1], 30, "one job each")

    def test_accepted_launch_syncs_the_files_that_were_there_when_it_was_accepted(self):
        self.home.write("project/code.txt", "as it was\n")
        self.home.write("project/gone.txt", "still there\n")
        self.home.write("one.txt", "mounted\n")
        self.home.write(
            "project/t.yaml",
            "workdir: .\nfile_mounts:\n  ~/one.txt: ../one.txt\nrun: cat code.txt gone.txt ~/one.txt\n",
        )
        self.ok("api", "start")
        self.ok("launch", "-y", "--async", "-c", "c", "t.yaml", cwd=self.home.path / "project")
        self.home.kill_server()
        with open(self.home.path / "project/code.txt", "r+") as file:  # in place: the inode stays
            file.write("CHANGED !")
        (self.home.path / "project/gone.txt").unlink()
        (self.home.path / "one.txt").write_text("other\n")
        wait_until(lambda: self.home.jobs("c") if self.home.cluster("c") else None, 60, "the job")
        out = self.ok("logs", "c", "1").out
        for text in ("as it was", "still there", "mounted"):
            self.assertIn(text, out)
        owners = self.home.path / ".sky/server/files/owners"
        wait_until(lambda: not list(owners.iterdir()), what="the release of the copies")
        # What is there now is what a new launch takes.
        self.home.write("project/gone.txt", "back\n")
        self.assertIn("CHANGED !", self.ok("exec", "c", "t.yaml", cwd=self.home.path / "project").out)

    def test_second_server_says_who_holds_the_directory(self):
        self.ok("api", "start")
        program = pathlib.Path(self.home.argv()[0]).parent / "sky-server"
        second = subprocess.run(
            [program, "--port", "1024"], env=self.home.environment(), capture_output=True, timeout=20, check=False
        )
        self.assertEqual(second.returncode, 1)
        self.assertIn(str(self.home.server_pid()), second.stderr.decode())

    def test_servers_of_two_homes_live_side_by_side(self):
        other = self.new_home()
        self.ok("launch", "-y", "-c", "c", "echo first")
        self.ok("launch", "-y", "-c", "c", "echo second", home=other)
        self.assertEqual(len(self.home.jobs("c")), 1)
        self.assertEqual(len(other.jobs("c")), 1)
        self.ok("down", "-y", "c", home=other)
        self.assertEqual(self.home.cluster("c")["status"], "UP")

    def test_taken_port_is_one_sentence(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            result = self.exits(1, "status", env={"SKYPILOT_API_SERVER_LOCAL_PORT": str(taken.getsockname()[1])})
        self.assertIn("Error: ", result.err)

    def test_bad_port_variable(self):
        for value in ("x", "0", "70000", "-1"):
            result = self.exits(1, "status", env={"SKYPILOT_API_SERVER_LOCAL_PORT": value})
            self.assertEqual(len(result.err.strip().splitlines()), 1, result.err)

    def test_api_info_only_reports(self):
        self.home.sky("api", "info")
        self.assertIsNone(self.home.server_info())
        self.ok("api", "start")
        info = self.ok("api", "info", "-o", "json").json()
        self.assertEqual(sorted(info), ["client", "server", "user"])

    def test_other_host_is_refused(self):
        result = self.exits(1, "api", "start", "--host", "0.0.0.0")
        self.assertIn("token", result.err)
        self.ok("api", "start")
        program = pathlib.Path(self.home.argv()[0]).parent / "sky-server"
        second = subprocess.run(
            [program, "--host", "0.0.0.0"], env=self.home.environment(), capture_output=True, timeout=20, check=False
        )
        self.assertIn("token", second.stderr.decode())


class Agents(SkyTest):
    def agents(self, *words):
        return [(pid, c) for pid, c in self.home.own_processes() if "sky-agent" in c and all(w in c for w in words)]

    def test_agent_that_dies_is_restarted_and_adopts_its_jobs(self):
        self.ok("launch", "-y", "-c", "c", "true")
        self.ok("exec", "-d", "c", "for i in 1 2 3 4 5 6; do echo tick $i; sleep 1; done")
        wait_until(lambda: self.home.jobs("c")[2]["status"] == "RUNNING", what="the job")
        runners = self.agents(" run ")
        self.assertEqual(len(runners), 1, runners)
        os.kill(runners[0][0], signal.SIGKILL)
        out = self.ok("logs", "c", "2").out
        self.assertIn("tick 6", out)
        self.assertEqual(self.home.jobs("c")[2]["status"], "SUCCEEDED")

    def test_twenty_jobs_over_four_nodes_survive_kills(self):
        self.home.write("t.yaml", "num_nodes: 4\nresources:\n  cpus: 1\nrun: 'true'\n")
        self.ok("launch", "-y", "-c", "c", "t.yaml")
        marks = self.home.path / "marks"
        marks.mkdir()
        for number in range(20):
            self.ok("exec", "-d", "c", f"sleep 1; echo x >> {marks}/{number}")
        for _ in range(3):
            self.home.kill_server()
            self.ok("status")
            for pid, _command in self.agents(" run ")[:2]:
                if is_alive(pid):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(1)
        wait_until(
            lambda: all(j["status"] == "SUCCEEDED" for j in self.home.jobs("c").values()), 90, "all jobs"
        )
        for number in range(20):
            self.assertEqual((marks / str(number)).read_text(), "x\n", f"job {number} ran more than once")


class Input(SkyTest):
    def test_wrong_task_files(self):
        cases = {
            "nme: x": "Instead of 'nme', did you mean 'name'?",
            "num_nodes: two": "is not of type 'integer'",
            "resources:\n  ports: 99999": "Invalid port 99999",
            "envs:\n  A:": "Environment variable 'A' is None",
            "run: [a": "t.yaml",
            "workdir: /nonexistent/x": "Workdir must be a valid directory",
            "file_mounts:\n  ~/x: ./nope": "does not exist",
        }
        for text, message in cases.items():
            self.home.write("t.yaml", text + "\n")
            result = self.exits(1, "launch", "-y", "-c", "c", "t.yaml")
            self.assertIn(message, result.err, text)
        self.assertEqual(self.ok("status", "-o", "json").json(), [])

    def test_wrong_flags_and_names(self):
        self.exits(2, "launch", "--no-such-flag", "x")
        self.exits(2, "exec")
        self.exits(2, "launch", "--num-nodes", "x", "true")
        result = self.exits(1, "launch", "-y", "-c", "9bad", "true")
        self.assertIn('Cluster name "9bad" is invalid', result.err)
        result = self.exits(1, "launch", "-y", "-c", "c", "--infra", "aws", "true")
        self.assertIn("not available in this version", result.err)
        self.exits(1, "serve", "up", "x.yaml")

    def test_more_cpus_than_the_machine_has(self):
        result = self.exits(1, "launch", "-y", "-c", "c", "--cpus", "9999", "true")
        self.assertIn("9999", result.err)
        self.assertIn(str(os.cpu_count()), result.err)
        self.assertIsNone(self.home.cluster("c"))

    def test_full_disk_is_said_and_loses_nothing(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a small file system needs root")
        state = self.home.path / ".sky"
        state.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(state)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(state)], check=False)
        self.ok("launch", "-y", "-c", "c", "true")
        filler = state / "filler"
        with contextlib.suppress(OSError), open(filler, "wb") as file:
            while True:
                file.write(b"x" * 65536)
                file.flush()
        result = self.home.sky("launch", "-y", "-c", "d", "true")
        self.assertNotEqual(result.code, 0, str(result))
        self.assertIn("No space left on device", result.err + result.out)
        filler.unlink()
        self.assertEqual(self.home.cluster("c")["status"], "UP")
        wait_until(lambda: self.home.sky("exec", "c", "true").code == 0, 20, "a job after room was made")
