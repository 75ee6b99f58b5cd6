"""Hosts with sshd, each a network, process and mount namespace over the machine's own files.

    lab = Lab.start()                      # raises unittest.SkipTest with a sentence where that cannot run
    host = lab.add_host(user="ubuntu")     # 10.77.0.11, …
    home = LabHome(lab)                    # a Home whose programs run in the lab's network
    lab.close()

The lab's network is a namespace without a way out. A host is an overlay whose lower layer is `/`: nothing is built,
and what a host writes goes with the lab. It has its own boot id, process ids and disk, and survives a reboot of its own.
Everything is named after this process, so that labs of dead processes are found and removed.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import uuid

from harness import BIN_DIR, Home, is_alive, wait_until

PREFIX = "skylab"
NEEDED = ("ip", "unshare", "nsenter", "mount", "ssh", "ssh-keygen", "sshd")
USER_ID = 2000
PYTHONS = "/usr/bin/python3*", "/usr/local/bin/python*", "/usr/bin/python"

BOOT = r"""
set -e
mount --make-rprivate /
mount -t overlay overlay -o lowerdir=/,upperdir="$D/upper",workdir="$D/work" "$D/root"
cd "$D/root"
mount -t tmpfs tmpfs dev
for n in null zero full random urandom tty; do : >dev/$n; mount --bind /dev/$n dev/$n; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin; ln -s /proc/self/fd/1 dev/stdout; ln -s /proc/self/fd/2 dev/stderr
mount -t tmpfs tmpfs run; mount -t tmpfs tmpfs tmp; chmod 1777 tmp
mkdir -p .old
pivot_root . .old
mount -t proc proc /proc
umount -l /.old
mkdir -p /run/sshd
cat /proc/sys/kernel/random/uuid >/run/boot_id
mount --bind /run/boot_id /proc/sys/kernel/random/boot_id
hostname "$NAME"
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/sbin/sshd -f /etc/ssh/lab_config
: >/run/ready
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c 'trap : TERM; while :; do sleep 3600 & wait; done'
"""

SSHD_CONFIG = """HostKey /etc/ssh/lab_host_key
Port 22
UsePAM no
PasswordAuthentication {password}
KbdInteractiveAuthentication no
UseDNS no
MaxStartups {max_startups}
MaxSessions {max_sessions}
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
"""


def run(*argv, **more):
    return subprocess.run([str(a) for a in argv], check=True, capture_output=True, **more)


def ip(namespace, *commands):
    """Several `ip` commands at once."""
    run("ip", "-n", namespace, "-batch", "-", input="\n".join(commands).encode())


def remove_remains():
    """What labs of dead processes left: namespaces, mounts."""
    with contextlib.suppress(OSError):
        for name in os.listdir("/run/netns"):
            owner = name.split("-")[1] if name.startswith(PREFIX + "-") else ""
            if owner.isdigit() and not is_alive(int(owner)):
                for pid in subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split():
                    with contextlib.suppress(OSError):
                        os.kill(int(pid), signal.SIGKILL)
                subprocess.run(["ip", "netns", "del", name], capture_output=True)
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        folder = line.split()[1]
        owner = folder.rsplit("/", 1)[-1].split("-")[1] if f"/{PREFIX}-" in folder else ""
        if owner.isdigit() and not is_alive(int(owner)):
            subprocess.run(["umount", "-l", folder], capture_output=True)
            shutil.rmtree(folder, ignore_errors=True)


class Wire:
    """The cable of one host: delay_ms, jitter_ms, loss, duplicate, rate_kbit, drop_ab (from the host), drop_ba (to it)."""

    def __init__(self, host, settings):
        self.file = host.dir / "wire"
        self.settings = {"seed": 1} | settings
        self.write()
        netns = [f"/run/netns/{name}" for name in (host.name, host.lab.name)]
        self.process = subprocess.Popen(
            [BIN_DIR / "wire", netns[0], "eth0", netns[1], host.veth, self.file], stdout=subprocess.PIPE
        )
        self.process.stdout.readline()

    def write(self):
        self.file.write_text("".join(f"{name} {value}\n" for name, value in self.settings.items()))

    def set(self, **settings):
        self.settings |= settings
        self.write()
        self.process.send_signal(signal.SIGHUP)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Host:
    def __init__(self, lab, number, user, python, wire=None, **sshd):
        self.lab = lab
        self.number = number
        self.user = user
        self.address = f"10.77.{number // 200}.{number % 200 + 10}"
        self.name = f"{lab.name}-h{number}"
        self.veth = f"v{os.getpid() % 100000}h{number}"
        self.dir = lab.dir / f"h{number}"
        self.process = None
        for part in ("upper/etc/ssh", "work", "root", "upper/usr/bin"):
            (self.dir / part).mkdir(parents=True)
        self.home = self.dir / "upper/home" / user
        self.write_files(python, sshd)
        run("ip", "netns", "add", self.name)
        self.wire = Wire(self, wire) if wire is not None else None
        cable = [] if self.wire else [f"link add {self.veth} type veth peer name eth0 netns {self.name}"]
        ip(lab.name, *cable, f"link set {self.veth} master lab0 up")
        ip(self.name, "link set lo up", f"addr add {self.address}/16 dev eth0", "link set eth0 up")
        self.boot()

    def write_files(self, python, sshd):
        etc = self.dir / "upper/etc"
        for name, line in (
            ("passwd", f"{self.user}:x:{USER_ID}:{USER_ID}::/home/{self.user}:/bin/bash\n"),
            ("group", f"{self.user}:x:{USER_ID}:\n"),
            ("shadow", f"{self.user}:*:19000:0:99999:7:::\n"),
        ):
            (etc / name).write_text(pathlib.Path("/etc", name).read_text() + line)
        (etc / "shadow").chmod(0o640)
        settings = {"password": "no", "max_startups": "10:30:100", "max_sessions": 10} | sshd
        (etc / "ssh/lab_config").write_text(SSHD_CONFIG.format(**settings))
        self.new_host_key()
        ssh = self.home / ".ssh"
        ssh.mkdir(parents=True)
        (ssh / "authorized_keys").write_text(self.lab.public_key)
        ssh.chmod(0o700)
        for path in (self.home, ssh, ssh / "authorized_keys"):
            os.chown(path, USER_ID, USER_ID)
        if not python:
            for pattern in PYTHONS:
                for path in pathlib.Path("/").glob(pattern.lstrip("/")):
                    hidden = self.dir / "upper" / str(path).lstrip("/")
                    hidden.parent.mkdir(parents=True, exist_ok=True)
                    os.mknod(hidden, 0o600 | 0o020000, os.makedev(0, 0))

    def new_host_key(self):
        path = self.dir / "upper/etc/ssh/lab_host_key"
        for old in (path, path.with_suffix(".pub")):
            old.unlink(missing_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path)

    # ---- Life and death --------------------------------------------------------------------------------------------

    def boot(self):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.name, "unshare", "--fork", "--kill-child", "--pid", "--mount", "--uts", "--ipc",
             "bash", "-c", BOOT],
            env={"PATH": os.environ["PATH"], "D": str(self.dir), "NAME": f"host{self.number}"},
            stdin=subprocess.DEVNULL,
            stdout=open(self.dir / "boot.log", "ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        wait_until(self.is_ready, 30, f"the boot of {self.address}: {(self.dir / 'boot.log').read_text()}")

    def init_pid(self):
        # `ip netns exec` becomes unshare, whose only child is init.
        with contextlib.suppress(OSError, IndexError):
            pid = self.process.pid
            return int(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
        return None

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError((self.dir / "boot.log").read_text())
        pid = self.init_pid()
        return pid is not None and os.path.exists(f"/proc/{pid}/root/run/ready")

    def crash(self):
        """All processes die at once; the network still answers."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def power_off(self):
        """As a client sees a power cut: silence first."""
        self.unplug()
        self.crash()

    def reboot(self):
        self.crash()
        self.plug()
        self.boot()

    def unplug(self):
        ip(self.lab.name, f"link set {self.veth} down")

    def plug(self):
        ip(self.lab.name, f"link set {self.veth} up")

    def freeze(self):
        self.signal_all(signal.SIGSTOP)

    def thaw(self):
        self.signal_all(signal.SIGCONT)

    def signal_all(self, number):
        for pid in self.pids():
            with contextlib.suppress(OSError):
                os.kill(pid, number)

    def pids(self):
        """Of all processes of the host but its init."""
        listed = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, check=False).stdout
        return [int(pid) for pid in listed.split() if int(pid) not in (self.process.pid, self.init_pid())]

    def restart_sshd(self, **settings):
        self.sh("kill $(cat /run/sshd.pid); while [ -e /run/sshd.pid ]; do sleep 0.01; done", root=True)
        if settings:
            defaults = {"password": "no", "max_startups": "10:30:100", "max_sessions": 10}
            path = pathlib.Path(f"/proc/{self.init_pid()}/root/etc/ssh/lab_config")
            path.write_text(SSHD_CONFIG.format(**(defaults | settings)))
        self.sh("/usr/sbin/sshd -f /etc/ssh/lab_config", root=True)

    def stop_sshd(self):
        self.sh("kill $(cat /run/sshd.pid)", root=True)

    def start_sshd(self):
        self.sh("/usr/sbin/sshd -f /etc/ssh/lab_config", root=True)

    # ---- Looking inside --------------------------------------------------------------------------------------------

    def sh(self, script, root=False):
        """Runs a script on the host, not over ssh; its output."""
        argv = ["nsenter", "-t", str(self.init_pid()), "-m", "-u", "-i", "-n", "-p", "--root", "--wd"]
        if not root:
            argv += ["setpriv", f"--reuid={USER_ID}", f"--regid={USER_ID}", "--clear-groups"]
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root" if root else f"/home/{self.user}"}
        completed = subprocess.run(
            [*argv, "sh", "-c", script], env=env, capture_output=True, text=True, timeout=60, check=False
        )
        if completed.returncode != 0:
            raise AssertionError(f"{script!r} on {self.address}: exit {completed.returncode}\n{completed.stderr}")
        return completed.stdout

    def read(self, path):
        return self.sh(f"cat {path}")

    def processes(self, text):
        """Command lines on the host that contain `text`."""
        found = []
        for pid in self.pids():
            with contextlib.suppress(OSError):
                command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if text in command:
                    found.append(command.strip())
        return found

    def close(self):
        self.crash()
        if self.wire:
            self.wire.close()
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)


class Lab:
    def __init__(self):
        self.name = f"{PREFIX}-{os.getpid()}-{uuid.uuid4().hex[:4]}"
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"{PREFIX}-{os.getpid()}-"))
        self.hosts = []

    @classmethod
    def start(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("hosts in network namespaces need root")
        for program in NEEDED:
            if shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is None:
                raise unittest.SkipTest(f"hosts in network namespaces need the program '{program}'")
        remove_remains()
        lab = cls()
        try:
            lab.open()
        except (OSError, subprocess.CalledProcessError) as error:
            lab.close()
            detail = getattr(error, "stderr", b"") or str(error).encode()
            raise unittest.SkipTest(f"this machine makes no network namespaces: {detail.decode().strip()}") from error
        return lab

    def open(self):
        # A file system of its own: the upper layer of an overlay may not lie on another overlay.
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.dir)
        run("ip", "netns", "add", self.name)
        ip(self.name, "link set lo up", "link add lab0 type bridge", "addr add 10.77.255.254/16 dev lab0", "link set lab0 up")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.dir / "key")
        self.public_key = (self.dir / "key.pub").read_text()

    def add_host(self, user="ubuntu", python=True, **sshd):
        host = Host(self, len(self.hosts) + 1, user, python, **sshd)
        self.hosts.append(host)
        return host

    def close(self):
        for host in self.hosts:
            host.close()
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)
        subprocess.run(["umount", "-l", self.dir], capture_output=True, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


class LabHome(Home):
    """A user in the lab's network who may log in to its hosts."""

    def __init__(self, lab):
        super().__init__()
        self.lab = lab
        ssh = self.path / ".ssh"
        ssh.mkdir(mode=0o700)
        shutil.copy(lab.dir / "key", ssh / "id_ed25519")

    def argv(self, *args):
        return ["nsenter", f"--net=/run/netns/{self.lab.name}", *super().argv(*args)]

    def pool(self, hosts, name="lab", **more):
        """Writes the pools file: one pool, with the hosts' user."""
        lines = [f"{name}:"] + [f"  {key}: {value}" for key, value in ({"user": "ubuntu"} | more).items()]
        lines += ["  hosts:"] + [f"    - {getattr(host, 'address', host)}" for host in hosts]
        return self.write(".sky/ssh_node_pools.yaml", "\n".join(lines) + "\n")
