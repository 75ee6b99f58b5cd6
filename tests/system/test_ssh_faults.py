"""Faults of real hosts: cables that delay, lose and break, power cuts, hung hosts, full disks, and kill -9 everywhere.

SKY_FAULT_ROUNDS=200 runs the random rounds as often (tools/long_run.sh); each prints its seed, and SKY_FAULT_SEED replays one.
"""

import os
import pathlib
import random
import signal
import time
import unittest

from harness import processes, wait_until
from lab import BIN_DIR
from test_ssh import SshTest

ROUNDS = int(os.environ.get("SKY_FAULT_ROUNDS", "1"))
JOBS = 20


@unittest.skipUnless((BIN_DIR / "wire").exists(), "needs the program 'wire', which the build makes")
class Cable(SshTest):
    def test_slow_and_lossy_cable_is_slow_and_nothing_else(self):
        (host,) = self.pool_of(1, wire={"delay_ms": 30, "jitter_ms": 10, "loss": 0.02, "rate_kbit": 200_000})
        result = self.launch("seq 2000")
        numbers = [line.split(") ", 1)[1] for line in result.out.splitlines() if ") " in line and "pid=" in line]
        self.assertEqual(numbers, [str(n) for n in range(1, 2001)])
        self.ok("down", "-y", "c", timeout=120)
        self.nothing_left(host)

    def test_partition_of_a_worker_is_survived_and_named(self):
        hosts = self.pool_of(2, wire={})
        self.home.write("t.yaml", "num_nodes: 2\nrun: |\n  for i in $(seq 60); do echo $SKYPILOT_NODE_RANK-$i; sleep 0.5; done\n")
        self.launch("-d", "t.yaml")
        wait_until(lambda: self.home.jobs("c")[1]["status"] == "RUNNING", 60, "the job")
        hosts[1].wire.set(drop_ab=1)
        time.sleep(8)
        self.assertEqual(self.home.jobs("c")[1]["status"], "RUNNING")
        hosts[1].wire.set(drop_ab=0)
        result = self.ok("logs", "c", "1", timeout=180)
        for rank in (0, 1):
            self.assertIn(f"{rank}-60", result.out)

    def test_power_cut_of_the_head_and_its_return(self):
        (host,) = self.pool_of(1)
        self.launch("-d", "sleep 3000")
        wait_until(lambda: self.home.jobs("c")[1]["status"] == "RUNNING", 60, "the job")
        host.power_off()
        time.sleep(3)
        self.assertEqual(self.home.cluster("c")["status"], "UP")
        host.reboot()
        wait_until(lambda: self.home.sky("exec", "c", "true", timeout=120).code == 0, 120, "the cluster's return")
        self.assertEqual(self.home.jobs("c")[1]["status"], "FAILED_DRIVER")


class Hosts(SshTest):
    def test_frozen_host_goes_on_where_it_was(self):
        (host,) = self.pool_of(1)
        self.launch("-d", "for i in $(seq 50); do echo $i; sleep 0.1; done")
        wait_until(lambda: self.home.jobs("c")[1]["status"] == "RUNNING", 60, "the job")
        host.freeze()
        time.sleep(3)
        host.thaw()
        self.assertIn("50", self.ok("logs", "c", "1", timeout=120).out)

    def test_sshd_that_refuses_delays_the_end_and_does_not_fake_it(self):
        (host,) = self.pool_of(1)
        self.launch("-d", "sleep 3000")
        host.stop_sshd()
        self.home.kill_server()
        for pid, command, _ in list(processes()):
            if f"{self.home.path}" in command and command.startswith("ssh "):
                os.kill(pid, signal.SIGKILL)
        down = self.home.start("down", "-y", "c")
        time.sleep(4)
        self.assertTrue(host.processes("sky-agent run"))
        self.assertIsNotNone(self.home.cluster("c"))
        host.start_sshd()
        wait_until(lambda: self.home.cluster("c") is None, 120, "the end of the cluster")
        down.kill()
        down.wait()
        down.stdout.close()
        down.stderr.close()
        self.nothing_left(host)

    def test_full_disk_keeps_the_agent_away_with_a_reason(self):
        (host,) = self.pool_of(1)
        host.sh("mount -t tmpfs -o size=1m,mode=777 full /home/ubuntu/.sky 2>/dev/null || "
                "{ mkdir -p /home/ubuntu/.sky && mount -t tmpfs -o size=1m,mode=777 full /home/ubuntu/.sky; }", root=True)
        result = self.exits(1, "launch", "-y", "-c", "c", "--infra", "ssh/lab", "true")
        self.assertIn("No space left on device", result.out + result.err)
        self.assertEqual(host.sh("find /home/ubuntu/.sky -type f").split(), [])


class Rounds(SshTest):
    """20 jobs over 4 hosts while agents, server and client are killed: none lost, none twice, nothing left behind."""

    def test_random_kills(self):
        seeds = [int(os.environ["SKY_FAULT_SEED"])] if "SKY_FAULT_SEED" in os.environ else [random.randrange(10**6) for _ in range(ROUNDS)]
        hosts = self.pool_of(4)
        for seed in seeds:
            print(f"fault round, seed {seed}", flush=True)
            self.round(hosts, random.Random(seed))

    def round(self, hosts, chance):
        names = [f"c{n}" for n in range(4)]
        for name in names:
            self.ok("launch", "-y", "-c", name, "--infra", "ssh/lab", "true", timeout=180)
        submitted = 0
        script = "mkdir -p ~/marks; echo $SKYPILOT_INTERNAL_JOB_ID >>~/marks/begun; sleep 0.{}; echo $SKYPILOT_INTERNAL_JOB_ID >>~/marks/ended"
        while submitted < JOBS:
            name = names[submitted % len(names)]
            if self.submit(name, script.format(chance.randrange(10)), chance):
                submitted += 1
            self.hurt(hosts, chance)
        for name in names:
            wait_until(lambda n=name: self.all_ended(n), 120, f"the end of the jobs of {name}")
            statuses = {job["status"] for job in self.home.jobs(name).values()}
            self.assertLessEqual(statuses, {"SUCCEEDED", "FAILED_DRIVER"})
        for host in hosts:
            begun = host.read("/home/ubuntu/marks/begun").split()
            self.assertEqual(len(begun), len(set(begun)), f"a job ran twice: {begun}")
            ended = host.read("/home/ubuntu/marks/ended").split()
            self.assertLessEqual(set(ended), set(begun))
            host.sh("rm -r /home/ubuntu/marks")
        for name in names:
            self.ok("down", "-y", name, timeout=180)
        for host in hosts:
            self.nothing_left(host)

    def submit(self, name, script, chance):
        """One job; sometimes the client is killed while it submits, which counts when the job is there."""
        before = len(self.home.jobs(name))
        if chance.random() < 0.8:
            return self.home.sky("exec", "-d", name, script, timeout=180).code == 0
        client = self.home.start("exec", "-d", name, script)
        time.sleep(chance.random() * 0.2)
        client.kill()
        client.wait()
        client.stdout.close()
        client.stderr.close()
        with_it = time.monotonic() + 5
        while time.monotonic() < with_it:
            if len(self.home.jobs(name)) > before:
                return True
            time.sleep(0.1)
        return False

    def hurt(self, hosts, chance):
        what = chance.random()
        if what < 0.2:
            self.home.kill_server()
        elif what < 0.5:
            host = chance.choice(hosts)
            for pid in host.pids():
                try:
                    command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
                except OSError:
                    continue
                if b"sky-agent\0run" in command or (b"sky-agent\0guard" in command and chance.random() < 0.5):
                    os.kill(pid, signal.SIGKILL)

    def all_ended(self, name):
        result = self.home.sky("queue", name, "-o", "json", timeout=180)
        if result.code != 0:
            return False
        done = ("SUCCEEDED", "FAILED", "FAILED_DRIVER", "CANCELLED", "FAILED_SETUP")
        return all(job["status"] in done for job in result.json()[name])


if __name__ == "__main__":
    unittest.main()
