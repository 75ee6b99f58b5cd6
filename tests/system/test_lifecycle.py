"""Clusters and their jobs over time: queue, cancel, stop, start, autostop, down, names and globs."""

import os
import signal
import threading
import time

from harness import SkyTest, is_alive, processes, wait_until


class Lifecycle(SkyTest):
    def launch(self, name="c", *command):
        return self.ok("launch", "-y", "-c", name, *(command or ("true",)))

    def test_status_of_nothing(self):
        result = self.ok("status")
        self.assertIn("No existing clusters.", result.out)
        self.assertEqual(self.ok("status", "-o", "json").json(), [])
        result = self.ok("status", "nosuch")
        self.assertIn("not found", result.out + result.err)

    def test_unknown_clusters(self):
        for command in (("exec", "nosuch", "true"), ("logs", "nosuch"), ("cancel", "nosuch", "1", "-y")):
            self.exits(1, *command)
        for command in (("stop", "-y"), ("start", "-y"), ("down", "-y"), ("autostop", "-y", "-i", "5")):
            result = self.ok(command[0], "nosuch", *command[1:])
            self.assertIn("not found", result.out + result.err)
        self.ok("down", "-a", "-y")

    def test_stop_keeps_files_and_start_brings_the_cluster_back(self):
        self.launch("c", "echo kept > ~/file.txt")
        self.ok("stop", "-y", "c")
        self.assertEqual(self.home.cluster("c")["status"], "STOPPED")
        self.exits(1, "exec", "c", "true")
        self.ok("start", "-y", "c")
        self.assertEqual(self.home.cluster("c")["status"], "UP")
        self.assertIn("kept", self.ok("exec", "c", "cat ~/file.txt").out)

    def test_launch_restarts_a_stopped_cluster(self):
        self.launch("c", "echo first > ~/file.txt")
        self.ok("stop", "-y", "c")
        self.assertIn("first", self.ok("launch", "-y", "-c", "c", "cat ~/file.txt").out)

    def test_down_leaves_nothing(self):
        self.launch("c", "sleep 600 & disown; true")
        self.ok("down", "-y", "c")
        self.assertIsNone(self.home.cluster("c"))
        self.assertEqual(list((self.home.path / ".sky/server/local").iterdir()), [])
        own = {pid for pid, command in self.home.own_processes() if "sky-server" not in command}
        self.assertEqual(own, set())

    def test_cancel_ends_the_whole_tree_also_what_ignores_term(self):
        self.launch()
        script = "trap '' TERM; setsid bash -c \"trap '' TERM; sleep 7654\" & sleep 7655"
        self.ok("exec", "-d", "c", script)
        wait_until(lambda: sum("sleep 765" in c for _, c, _ in processes()) >= 2, what="the job's processes")
        self.ok("cancel", "-y", "c", "2")
        wait_until(lambda: self.home.jobs("c")[2]["status"] == "CANCELLED", 30, "the cancellation")
        wait_until(lambda: not any("sleep 765" in c for _, c, _ in processes()), what="the end of the tree")
        self.exits(103, "logs", "c", "2", "--status")

    def test_jobs_queue_in_order_and_share_the_cluster(self):
        self.ok("launch", "-y", "-d", "-c", "c", "--cpus", "1", "sleep 600")
        self.ok("exec", "-d", "c", "sleep 600")
        self.ok("exec", "-d", "c", "echo third")
        wait_until(lambda: self.home.jobs("c")[2]["status"] == "RUNNING", what="the second job")
        self.assertEqual(self.home.jobs("c")[3]["status"], "PENDING")
        self.exits(101, "logs", "c", "3", "--status")
        self.ok("cancel", "-y", "c", "1")
        wait_until(lambda: self.home.jobs("c")[3]["status"] == "SUCCEEDED", 30, "the third job")

    def test_cancel_of_a_pending_job(self):
        self.ok("launch", "-y", "-d", "-c", "c", "--cpus", "1", "sleep 600")
        self.ok("exec", "-d", "c", "sleep 600")
        self.ok("exec", "-d", "c", "echo never")
        self.ok("cancel", "-y", "c", "3")
        wait_until(lambda: self.home.jobs("c")[3]["status"] == "CANCELLED", what="the cancellation")
        self.ok("cancel", "-y", "c", "-a")
        wait_until(lambda: all(j["status"] == "CANCELLED" for j in self.home.jobs("c").values()), 30, "all cancelled")

    def test_unknown_job_is_102(self):
        self.launch()
        self.exits(102, "logs", "c", "77", "--status")
        self.exits(102, "logs", "c", "77")

    def test_logs_are_kept_while_the_cluster_is_stopped(self):
        self.launch("c", "echo remembered")
        self.ok("stop", "-y", "c")
        self.assertIn("remembered", self.ok("logs", "c", "1", "--no-follow").out)

    def test_logs_are_byte_exact(self):
        self.launch()
        self.ok("exec", "c", r"printf 'a\000b\377c\n'; printf 'no newline'")
        raw = self.ok("logs", "c", "2", "--no-follow").raw
        self.assertRegex(raw, rb"\(sky-cmd, pid=\d+\) a\x00b\xffc\n")
        self.assertIn(b"no newline", raw)

    def test_tail_gives_the_last_lines(self):
        self.launch("c", "seq 1 100")
        result = self.ok("logs", "c", "1", "--no-follow", "--tail", "3")
        self.assertRegex(result.out, r"98\n.*99\n.*100\n")
        self.assertNotIn(" 97\n", result.out)

    def test_globs_and_several_names(self):
        for name in ("a1", "a2", "b1"):
            self.launch(name)
        self.assertEqual({row["name"] for row in self.ok("status", "a*", "-o", "json").json()}, {"a1", "a2"})
        self.ok("stop", "-y", "a*")
        self.assertEqual(self.home.cluster("a2")["status"], "STOPPED")
        self.assertEqual(self.home.cluster("b1")["status"], "UP")
        self.ok("down", "-y", "a1", "b1")
        self.assertEqual([row["name"] for row in self.ok("status", "-o", "json").json()], ["a2"])

    def test_two_launches_at_once_share_one_cluster(self):
        results = {}

        def run(word):
            results[word] = self.home.sky("launch", "-y", "-c", "c", f"echo {word}")

        threads = [threading.Thread(target=run, args=(word,)) for word in ("one", "two")]
        self.ok("api", "start")
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for word, result in results.items():
            self.assertEqual(result.code, 0, str(result))
            self.assertIn(word, result.out)
        self.assertEqual(len(self.home.jobs("c")), 2)

    def test_ports_have_endpoints(self):
        self.home.write("t.yaml", "resources:\n  ports: 8123\nrun: sleep 300\n")
        self.ok("launch", "-y", "-d", "-c", "c", "t.yaml")
        self.assertRegex(self.ok("status", "--endpoint", "8123", "c").out.strip(), r"^(http://)?[0-9.]+:8123$")
        self.exits(1, "status", "--endpoint", "9", "c")

    def test_autostop_setting_is_shown_and_cancelled(self):
        self.launch()
        self.ok("autostop", "-y", "-i", "30", "--down", "c")
        row = self.home.cluster("c")
        self.assertEqual((row["autostop"], row["to_down"]), (30, True))
        self.ok("autostop", "-y", "--cancel", "c")
        self.assertEqual(self.home.cluster("c")["autostop"], -1)

    def test_autostop_stops_after_one_real_minute_also_without_a_server(self):
        self.launch("c", "echo x > ~/kept")
        self.ok("autostop", "-y", "-i", "1", "c")
        wait_until(lambda: self.home.cluster("c")["autostop"] == 1)
        self.ok("api", "stop")
        time.sleep(75)
        wait_until(lambda: (self.home.cluster("c") or {}).get("status") == "STOPPED", 30, "STOPPED")
        self.ok("start", "-y", "c")
        self.assertIn("x", self.ok("exec", "c", "cat ~/kept").out)

    def test_cost_report_has_live_and_gone_clusters(self):
        self.launch("gone")
        self.ok("down", "-y", "gone")
        self.launch("live")
        rows = {row["name"]: row for row in self.ok("cost-report", "-o", "json").json()}
        self.assertEqual(rows["gone"]["status"], "TERMINATED")
        self.assertEqual(rows["live"]["status"], "UP")
        self.assertIn("Total Cost", self.ok("cost-report").out)

    def test_killed_node_is_seen(self):
        self.launch("c", "true")
        self.ok("exec", "-d", "c", "sleep 600")
        wait_until(lambda: self.home.jobs("c")[2]["status"] == "RUNNING", what="the job")
        for pid, command in self.home.own_processes():
            if "--cluster c" in command or "SKY_JOB" in command or "sleep 600" in command:
                if is_alive(pid):
                    os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self.home.cluster("c")["status"] == "INIT", 60, "INIT")
        self.assertEqual(self.home.jobs("c")[2]["status"], "FAILED_DRIVER")
        self.ok("launch", "-y", "-c", "c", "echo again")
        self.assertEqual(self.home.cluster("c")["status"], "UP")
