"""The main job: one task through every layer."""

import pathlib
import unittest

from harness import REPOSITORY, SkyTest


class Launch(SkyTest):
    def test_hello_prints_its_output_and_exits_zero(self):
        result = self.ok("launch", "-y", "-c", "hello", REPOSITORY / "examples/hello.yaml")
        self.assertIn("Hello", result.out)
        self.assertIn("Job finished (status: SUCCEEDED)", result.out)
        row = self.home.cluster("hello")
        self.assertEqual(row["status"], "UP")
        self.assertEqual(row["nodes"], 1)

    def test_a_command_line_is_run_as_the_task(self):
        result = self.ok("launch", "-y", "-c", "c", "--", "echo", "one", "two")
        self.assertIn("Command to run: echo one two", result.out)
        self.assertRegex(result.out, r"\(sky-cmd, pid=\d+\) one two\n")

    def test_failing_run_exits_100(self):
        self.exits(100, "launch", "-y", "-c", "c", "exit 7")
        self.exits(100, "exec", "c", "false")
        self.ok("exec", "c", "true")
        statuses = [job["status"] for job in self.home.jobs("c").values()]
        self.assertCountEqual(statuses, ["FAILED", "FAILED", "SUCCEEDED"])

    def test_failing_setup_exits_100_and_leaves_the_cluster_up(self):
        self.home.write("t.yaml", "setup: |\n  echo in setup\n  exit 3\nrun: echo never\n")
        result = self.exits(100, "launch", "-y", "-c", "c", "t.yaml")
        self.assertIn("in setup", result.out)
        self.assertNotIn("never", result.out)
        self.assertEqual(self.home.jobs("c")[1]["status"], "FAILED_SETUP")
        self.assertEqual(self.home.cluster("c")["status"], "UP")

    def test_detached_launch_exits_zero_and_logs_follow(self):
        self.ok("launch", "-y", "-d", "-c", "c", "echo detached; exit 1")
        result = self.exits(100, "logs", "c", "1")
        self.assertIn("detached", result.out)
        self.exits(100, "logs", "c", "1", "--status")
        self.ok("logs", "c", "1", "--no-follow")

    def test_environment_of_the_run_is_the_originals(self):
        self.home.write(
            "t.yaml",
            "name: env\nenvs:\n  FROM_FILE: a\nrun: |\n  env | grep -E '^(SKYPILOT|FROM|CUDA|PYTHONUNBUFFERED)' | sort\n",
        )
        result = self.ok("launch", "-y", "-c", "c", "--env", "FROM_FLAG=b c", "t.yaml")
        for line in (
            "FROM_FILE=a",
            "FROM_FLAG=b c",
            "SKYPILOT_NODE_RANK=0",
            "SKYPILOT_NUM_NODES=1",
            "SKYPILOT_NUM_GPUS_PER_NODE=0",
            "SKYPILOT_INTERNAL_JOB_ID=1",
            "SKYPILOT_USER=tester",
            "PYTHONUNBUFFERED=1",
        ):
            self.assertRegex(result.out, rf"\(env, pid=\d+\) {line}\n")
        self.assertRegex(result.out, r"SKYPILOT_TASK_ID=sky-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-\d{6}_c_1\n")
        self.assertRegex(result.out, r"SKYPILOT_NODE_IPS=127\.\d+\.\d+\.\d+\n")

    def test_workdir_is_synced_without_what_is_ignored(self):
        self.home.write("project/code.txt", "payload\n")
        self.home.write("project/skip.log", "no\n")
        self.home.write("project/.skyignore", "*.log\n")
        self.home.write("project/task.yaml", "workdir: .\nrun: |\n  cat code.txt\n  ls\n  pwd\n")
        result = self.ok("launch", "-y", "-c", "c", "task.yaml", cwd=self.home.path / "project")
        self.assertIn("payload", result.out)
        self.assertNotIn("skip.log", result.out)
        self.assertIn("sky_workdir", result.out)

    def test_file_mounts_of_files_and_folders(self):
        self.home.write("data/a/b.txt", "deep\n")
        self.home.write("one.txt", "single\n")
        self.home.write(
            "t.yaml",
            "file_mounts:\n  ~/data: ./data\n  ~/renamed.txt: ./one.txt\nrun: cat ~/data/a/b.txt ~/renamed.txt\n",
        )
        result = self.ok("launch", "-y", "-c", "c", "t.yaml")
        self.assertIn("deep", result.out)
        self.assertIn("single", result.out)

    def test_four_nodes_reach_each_other_and_one_failure_stops_all(self):
        self.home.write(
            "t.yaml",
            "num_nodes: 4\nrun: |\n"
            "  echo \"rank $SKYPILOT_NODE_RANK of $SKYPILOT_NUM_NODES\"\n"
            "  echo \"$SKYPILOT_NODE_IPS\" | wc -l\n",
        )
        result = self.ok("launch", "-y", "-c", "c", "t.yaml")
        self.assertRegex(result.out, r"\(head, rank=0, pid=\d+\) rank 0 of 4\n")
        for rank in (1, 2, 3):
            self.assertRegex(result.out, rf"\(worker{rank}, rank={rank}, pid=\d+, ip=127\.[0-9.]+\) rank {rank} of 4\n")
        self.home.write("fail.yaml", "num_nodes: 4\nrun: |\n  [ $SKYPILOT_NODE_RANK = 2 ] && exit 9\n  sleep 600\n")
        result = self.exits(100, "exec", "c", "fail.yaml", timeout=60)
        self.assertIn("failed with return code list", result.out)

    def test_secrets_are_redacted_where_they_are_shown(self):
        self.home.write("t.yaml", "secrets:\n  TOKEN: hunter2secret\nrun: |\n  echo ${#TOKEN}\n  sleep 60\n")
        self.ok("launch", "-y", "-d", "-c", "c", "t.yaml")
        shown = self.ok("status", "-o", "json").out
        self.assertIn("<redacted>", shown)
        self.assertNotIn("hunter2secret", shown)
        for path in (self.home.path / ".sky/server").glob("*"):
            if path.is_file():
                self.assertNotIn(b"hunter2secret", path.read_bytes(), path)
        for pid, command in self.home.own_processes():
            self.assertNotIn("hunter2secret", command)

    def test_dryrun_makes_nothing(self):
        result = self.ok("launch", "--dryrun", "-y", "-c", "c", "echo x")
        self.assertIn("Local", result.out)
        self.assertIsNone(self.home.cluster("c"))

    def test_existing_cluster_refuses_what_does_not_fit(self):
        self.ok("launch", "-y", "-c", "c", "true")
        result = self.exits(1, "launch", "-y", "-c", "c", "--num-nodes", "2", "true")
        self.assertIn("2 nodes asked for, the cluster has 1", result.err + result.out)

    def test_prompt_without_terminal_input_aborts(self):
        result = self.exits(1, "launch", "-c", "c", "true", stdin="n\n")
        self.assertIn("Launching a new cluster 'c'. Proceed?", result.out + result.err)
        self.assertIn("Aborted!", result.out + result.err)


if __name__ == "__main__":
    unittest.main()
