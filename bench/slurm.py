"""A Slurm of this machine alone, for bench/run: one controller, one node of two CPUs, no accounting database.

Everything lies in a temporary directory, listens on 127.0.0.1 and is ended by pid. Needs root, as slurmd does, and the
packages in PACKAGES.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

PACKAGES = "munge slurmctld slurmd slurm-client slurm-wlm-basic-plugins"

CONFIGURATION = """\
ClusterName=bench
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_min_interval=0,bf_interval=1,sched_interval=1,batch_sched_delay=0,default_queue_depth=2000
MaxArraySize=20001
MaxJobCount=40000
MpiDefault=none
ReturnToService=2
NodeName=bench NodeHostname={host} NodeAddr=127.0.0.1 Port={node_port} CPUs=2 CoresPerSocket=2 RealMemory=1024
PartitionName=all Nodes=bench Default=YES MaxTime=1-0
"""


def missing():
    """Why it cannot be measured here, in one sentence; empty when it can."""
    if not all(shutil.which(tool) for tool in ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo")):
        return f"Slurm is not installed: apt-get install --no-install-recommends {PACKAGES}"
    return "" if os.geteuid() == 0 else "Slurm is not measured: its node daemon needs root"


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Slurm:
    """Runs while the context lasts."""

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="sky-slurm-")))
        self.folder.chmod(0o755)  # munged refuses others
        try:
            self.start()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_):
        self.stack.close()

    def start(self):
        for name in ("state", "spool"):
            (self.folder / name).mkdir(mode=0o755)
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        controller_port, node_port = free_ports(2)
        config = self.folder / "slurm.conf"
        host = socket.gethostname().split(".")[0]
        config.write_text(
            CONFIGURATION.format(folder=self.folder, host=host, controller_port=controller_port, node_port=node_port)
        )
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        self.env = {**os.environ, "SLURM_CONF": str(config)}
        own = [f"--{name}-file={self.folder}/munge.{name}" for name in ("key", "log", "pid", "seed")]
        self.daemon("munged", "--foreground", f"--socket={self.folder}/munge.sock", *own)
        self.wait(lambda: (self.folder / "munge.sock").exists(), "munged")
        self.daemon("slurmctld", "-D")
        self.daemon("slurmd", "-D", "-N", "bench")
        self.wait(lambda: self.ask("sinfo", "-h", "-o", "%T").strip() == "idle", "the node")

    def daemon(self, *argv):
        process = subprocess.Popen(argv, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)

    def ask(self, *argv):
        # The clients try for minutes when nobody answers.
        done = subprocess.run(["timeout", "10", *argv], env=self.env, capture_output=True, text=True, check=False)
        return done.stdout

    def wait(self, condition, what, seconds=60):
        limit = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > limit:
                raise TimeoutError(f"Slurm: {what} is not ready after {seconds} s")
            time.sleep(0.1)

    def rate(self, count, limit_s):
        """Jobs of `true` per second. One array: for Slurm the cheapest way to submit many."""
        begin = time.perf_counter()
        submitted = self.ask("sbatch", "--parsable", f"--array=1-{count}", "-n1", "--output=/dev/null", "--wrap=true")
        if not submitted.strip().isdigit():
            raise RuntimeError("Slurm: sbatch took no job")
        self.wait(lambda: not self.ask("squeue", "-h", "-t", "PD,R,CG").strip(), "the queue", limit_s)
        return count / (time.perf_counter() - begin)
