"""Infra ssh on real hosts: sshd in network namespaces (lab.py)."""

import re
import subprocess
import time
import unittest

from harness import SkyTest, wait_until
from lab import Lab, LabHome


class SshTest(SkyTest):
    """A lab per test; hosts cost a third of a second."""

    def setUp(self):
        self.lab = Lab.start()
        self.addCleanup(self.lab.close)
        self.home = self.new_home()

    def new_home(self):
        home = LabHome(self.lab)
        self.addCleanup(home.close)
        return home

    def hosts(self, count, **more):
        return [self.lab.add_host(**more) for _ in range(count)]

    def pool_of(self, count, **more):
        hosts = self.hosts(count, **more)
        self.home.pool(hosts)
        return hosts

    def launch(self, *args, **more):
        return self.ok("launch", "-y", "-c", "c", "--infra", "ssh/lab", *args, timeout=120, **more)

    def nothing_left(self, host):
        self.assertEqual(host.processes("sky-agent"), [])
        home = f"/home/{host.user}"
        left = host.sh(f"cd {home} && ls -A; ls {home}/.sky/agent 2>/dev/null || true").split()
        self.assertEqual(sorted(left), [".sky", ".ssh", "bin", "host.lock"])


class Launch(SshTest):
    def test_plain_account_without_python_runs_a_job(self):
        (host,) = self.pool_of(1, python=False)
        result = self.launch("echo on $(hostname) as $(id -un) in $HOME; command -v python3 || echo no python")
        self.assertIn("on host1 as ubuntu in /home/ubuntu", result.out)
        self.assertIn("no python", result.out)
        row = self.home.cluster("c")
        self.assertEqual(row["status"], "UP")
        self.assertTrue(host.processes("sky-agent run"))
        self.exits(100, "exec", "c", "exit 3")
        jobs = self.home.jobs("c")
        self.assertEqual([jobs[1]["status"], jobs[2]["status"]], ["SUCCEEDED", "FAILED"])
        self.assertIn("on host1", self.ok("logs", "c", "1").out)
        self.ok("down", "-y", "c")
        self.nothing_left(host)

    def test_four_hosts_are_one_cluster(self):
        hosts = self.pool_of(4)
        task = "num_nodes: 4\nrun: |\n  echo rank $SKYPILOT_NODE_RANK on $(hostname)\n  echo \"$SKYPILOT_NODE_IPS\" | wc -l\n"
        self.home.write("t.yaml", task)
        result = self.launch("t.yaml")
        for rank, host in enumerate(hosts):
            self.assertRegex(result.out, rf"rank {rank} on host{host.number}\b")
        self.assertEqual(len(re.findall(r"\) 4\n", result.out)), 4)
        self.ok("down", "-y", "c")
        for host in hosts:
            self.nothing_left(host)

    def test_workdir_mounts_and_cancel(self):
        (host,) = self.pool_of(1)
        self.home.write("project/code.txt", "payload\n")
        self.home.write("project/task.yaml", "workdir: .\nfile_mounts:\n  ~/other.txt: ./code.txt\nrun: cat code.txt ~/other.txt\n")
        result = self.launch("task.yaml", cwd=self.home.path / "project")
        self.assertEqual(result.out.count("payload"), 2)
        self.ok("exec", "-d", "c", "sleep 4321")
        wait_until(lambda: host.processes("sleep 4321"), 30, "the job")
        self.ok("cancel", "-y", "c", "2")
        wait_until(lambda: not host.processes("sleep 4321"), 30, "the end of the job")
        self.assertEqual(self.home.jobs("c")[2]["status"], "CANCELLED")

    def test_stop_keeps_files_and_start_brings_them_back(self):
        (host,) = self.pool_of(1)
        self.launch("echo kept > ~/file.txt")
        self.ok("stop", "-y", "c")
        self.assertEqual(self.home.cluster("c")["status"], "STOPPED")
        self.assertEqual(host.processes("sky-agent"), [])
        self.exits(1, "exec", "c", "true")
        self.ok("start", "-y", "c")
        self.assertIn("kept", self.ok("exec", "c", "cat ~/file.txt").out)

    def test_ssh_by_the_clusters_name(self):
        hosts = self.pool_of(2)
        self.launch("--num-nodes", "2", "true")
        config = self.home.path / ".sky/generated/ssh/c"
        known = f"UserKnownHostsFile={self.home.path}/known"
        for name, host in (("c", hosts[0]), ("c-worker1", hosts[1])):
            argv = ["nsenter", f"--net=/run/netns/{self.lab.name}", "ssh", "-F", str(config), "-o", known, name, "hostname"]
            done = subprocess.run(argv, capture_output=True, text=True, env=self.home.environment(), check=False)
            self.assertEqual(done.stdout.strip(), f"host{host.number}", done.stderr)


class Trouble(SshTest):
    def test_a_host_that_is_down_is_skipped_and_named(self):
        hosts = self.pool_of(3)
        hosts[0].crash()
        result = self.launch("--num-nodes", "2", "hostname")
        self.assertRegex(result.out, r"host2\b")
        self.assertRegex(result.out, r"host3\b")
        self.assertRegex(result.out, rf"Skipping host '{re.escape(hosts[0].address)}'.*refused")
        self.assertIn(f"Skipped: cannot log in to '{hosts[0].address}'", self.ok("logs", "--provision", "c").out)
        self.exits(1, "launch", "-y", "-c", "d", "--infra", "ssh/lab", "true")

    def test_too_few_hosts_leave_nothing_behind(self):
        hosts = self.pool_of(2)
        hosts[1].crash()
        result = self.exits(1, "launch", "-y", "-c", "c", "--infra", "ssh/lab", "--num-nodes", "2", "true")
        self.assertIn("1 of 2 hosts", result.out + result.err)
        self.assertIn(hosts[1].address, result.out + result.err)
        self.assertNotIn("host.json", hosts[0].sh("ls /home/ubuntu/.sky/agent"))
        self.assertEqual(hosts[0].processes("sky-agent"), [])

    def test_a_changed_host_key_is_refused_with_both_fingerprints(self):
        (host,) = self.pool_of(1)
        self.ok("check", "ssh")
        before = host.sh("ssh-keygen -lf /etc/ssh/lab_host_key.pub", root=True).split()[1]
        host.crash()
        host.new_host_key()
        host.boot()
        after = host.sh("ssh-keygen -lf /etc/ssh/lab_host_key.pub", root=True).split()[1]
        self.ok("api", "stop")
        result = self.exits(1, "launch", "-y", "-c", "c", "--infra", "ssh/lab", "true")
        text = result.out + result.err
        self.assertIn("host key has changed", text)
        self.assertIn(before, text)
        self.assertIn(after, text)

    def test_questions_become_errors_at_once(self):
        (host,) = self.hosts(1, password="yes")
        self.home.pool([host])
        (self.home.path / ".ssh/id_ed25519").unlink()
        begin = time.monotonic()
        result = self.exits(1, "ssh", "up")
        self.assertLess(time.monotonic() - begin, 20)
        self.assertIn("ubuntu@10.77.0.11's password:", result.out)
        host.sh("echo ubuntu:opensesame | chpasswd", root=True)
        self.home.pool([host], password="wrong")
        self.assertIn("refused the login", self.exits(1, "ssh", "up").out)
        self.home.pool([host], password="opensesame")
        self.ok("ssh", "up")
        for name in self.home.path.rglob("*"):
            if name.is_file() and not name.is_symlink() and name.name != "ssh_node_pools.yaml" and "bin" not in name.parts:
                self.assertNotIn(b"opensesame", name.read_bytes(), str(name))

    def test_jump_host_and_alias_of_the_users_configuration(self):
        jump, inner = self.hosts(2)
        self.home.write(
            ".ssh/config",
            f"Host inside\n  HostName {inner.address}\n  User ubuntu\n  ProxyJump ubuntu@{jump.address}\n",
        )
        self.home.write(".sky/ssh_node_pools.yaml", "lab:\n  user: nobody-of-that-name\n  hosts: [inside]\n")
        self.assertIn("host2", self.launch("hostname; echo $SSH_CONNECTION").out)
        self.ok("down", "-y", "c")
        self.nothing_left(inner)

    def test_reboot_ends_what_ran_and_the_cluster_goes_on(self):
        (host,) = self.pool_of(1)
        self.launch("-d", "sleep 3000")
        wait_until(lambda: self.home.jobs("c")[1]["status"] == "RUNNING", 30, "the job")
        host.reboot()
        wait_until(lambda: self.home.cluster("c") and self.home.sky("status", "-r", "c") and
                   self.home.sky("queue", "c").code == 0 and self.home.jobs("c")[1]["status"] == "FAILED_DRIVER",
                   90, "the end of the job that the reboot ended")
        self.assertIn("again", self.ok("exec", "c", "echo again", timeout=120).out)

    def test_two_servers_see_each_other_and_do_not_disturb(self):
        (host,) = self.pool_of(1)
        self.launch("-d", "sleep 3000")
        other = self.new_home()
        other.pool([host])
        result = self.exits(1, "launch", "-y", "-c", "c", "--infra", "ssh/lab", "true", home=other)
        self.assertIn("held by tester@", result.out + result.err)
        self.exits(1, "ssh", "down", home=other)
        self.assertEqual(self.home.jobs("c")[1]["status"], "RUNNING")
        self.ok("down", "-y", "c")
        self.ok("launch", "-y", "-c", "c", "--infra", "ssh/lab", "true", home=other)

    def test_killed_server_finds_its_job_again(self):
        (host,) = self.pool_of(1)
        self.launch("-d", "for i in $(seq 600); do echo line $i; sleep 0.1; done")
        wait_until(lambda: self.home.jobs("c")[1]["status"] == "RUNNING", 30, "the job")
        self.home.kill_server()
        time.sleep(0.5)
        self.assertEqual(self.home.jobs("c")[1]["status"], "RUNNING")
        self.assertEqual(len(host.processes("sky-agent supervise")), 1)
        self.ok("cancel", "-y", "c", "1")
        self.ok("down", "-y", "c")
        self.nothing_left(host)


class Pools(SshTest):
    def test_up_and_down_have_a_line_per_host(self):
        hosts = self.pool_of(3)
        hosts[1].crash()
        result = self.exits(1, "ssh", "up")
        self.assertEqual(len(re.findall(r"^✓ .*x86_64, \d+ CPU", result.out, re.M)), 2)
        self.assertRegex(result.out, rf"(?m)^✗ {re.escape(hosts[1].address)}.*refused")
        hosts[1].boot()
        self.ok("ssh", "up", "--infra", "lab")
        self.ok("ssh", "down")
        for host in hosts:
            self.assertEqual(host.sh("ls -A /home/ubuntu").split(), [".ssh"])

    def test_file_is_added_to_the_pools(self):
        (host,) = self.hosts(1)
        file = self.home.write("mine.yaml", f"other:\n  user: ubuntu\n  hosts: [{host.address}]\n")
        self.ok("ssh", "up", "-f", file)
        self.assertIn("SSH: enabled", self.ok("check", "ssh").out)

    def test_mistakes_in_the_file_name_their_place(self):
        self.home.write(".sky/ssh_node_pools.yaml", "lab:\n  hosts: [{user: a}]\n")
        self.assertIn("ssh_node_pools.yaml:2:11: a host without `ip`", self.exits(1, "ssh", "up").err)
        self.home.write(".sky/ssh_node_pools.yaml", "lab:\n  hosts: [10.0.0.1]\n")
        self.assertIn("Cluster 'x' not found", self.exits(1, "ssh", "up", "--infra", "x").err)


if __name__ == "__main__":
    unittest.main()
