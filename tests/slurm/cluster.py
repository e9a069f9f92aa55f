"""A SLURM of one node on this machine: munge, controller and node daemon, all in the foreground of a test."""

import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

ETC = Path("/etc/slurm")  # the plugin's inner srun finds no configuration elsewhere
NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
MARK = "ClusterName=mneme_test"


def missing() -> str:
    """Why there can be no cluster here, or ``""``."""
    if os.geteuid():
        return "SLURM's daemons need root"
    os.environ["PATH"] += os.pathsep + "/usr/sbin"
    if absent := [name for name in NEEDED if not shutil.which(name)]:
        return f"no {', '.join(absent)}: apt-get install slurm-wlm munge"
    if (ETC / "slurm.conf").exists() and MARK not in (ETC / "slurm.conf").read_text():
        return f"{ETC}/slurm.conf is of a real cluster"
    if not importlib.util.find_spec("snakemake_executor_plugin_slurm"):
        return "pip install -r profiles/slurm/requirements.txt"
    return ""


def slurm_options(*more: str, device: str = "cpu") -> list[str]:
    """Options of Snakemake: the profile, with the waits of a large cluster cut to those of one machine."""
    waits = {"--slurm-init-seconds-before-status-checks": "7", "--latency-wait": "5"}
    words = [word for pair in waits.items() for word in pair]
    return ["--workflow-profile", "profiles/slurm", *words, *more, "--config", f"device={device}"]


def configuration(folder: Path, node: str) -> str:
    """slurm.conf: memory is watched and limits are kept, nothing is accounted, more cores than there are."""
    settings = {
        "SlurmctldHost": f"{node}(127.0.0.1)",
        "SlurmctldPort": 26817,
        "SlurmdPort": 26818,
        "SlurmUser": "root",
        "SlurmdUser": "root",
        "AuthType": "auth/munge",
        "CredType": "cred/munge",
        "AuthInfo": f"socket={folder}/munge/socket",
        "StateSaveLocation": folder / "state",
        "SlurmdSpoolDir": folder / "spool",
        "SlurmctldPidFile": folder / "slurmctld.pid",
        "SlurmdPidFile": folder / "slurmd.pid",
        "SlurmctldLogFile": folder / "slurmctld.log",
        "SlurmdLogFile": folder / "slurmd.log",
        "MailProg": "/bin/true",
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/none",
        "JobAcctGatherType": "jobacct_gather/linux",
        "JobAcctGatherFrequency": "task=1",
        "JobAcctGatherParams": "OverMemoryKill",
        "KillWait": 2,
        "MinJobAge": 600,
        "ReturnToService": 2,
        "SlurmdParameters": "config_overrides",
        "SelectType": "select/cons_tres",
        "SelectTypeParameters": "CR_Core_Memory",
        "AccountingStorageType": "accounting_storage/none",
        "GresTypes": "gpu",
    }
    lines = [MARK, *(f"{key}={value}" for key, value in settings.items())]
    lines.append(f"NodeName={node} NodeAddr=127.0.0.1 CPUs=8 RealMemory=500000 Gres=gpu:2 State=UNKNOWN")
    lines += [f"PartitionName={name} Nodes={node} MaxTime=7-0 State=UP" for name in ("cpu", "gpu")]
    return "\n".join(lines) + "\n"


class Cluster:
    """The daemons and their folder; ``with Cluster(folder) as cluster``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.node = folder, socket.gethostname().split(".")[0]
        self.daemons: list[subprocess.Popen] = []

    def __enter__(self) -> "Cluster":
        for name in ("munge", "state", "spool"):
            (self.folder / name).mkdir(parents=True)
        for path in (self.folder, *self.folder.iterdir()):
            path.chmod(0o755)
        key = self.folder / "munge/key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        ETC.mkdir(exist_ok=True)
        (ETC / "slurm.conf").write_text(configuration(self.folder, self.node))
        for number in range(2):  # GPUs to be counted, of which CUDA knows nothing: other names of /dev/null
            os.mknod(self.folder / f"gpu{number}", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        (ETC / "gres.conf").write_text(f"Name=gpu File={self.folder}/gpu[0-1]\n")
        files = {name: self.folder / "munge" / name for name in ("socket", "log", "seed", "pid")}
        options = [f"--{name}{'' if name == 'socket' else '-file'}={path}" for name, path in files.items()]
        try:
            self.daemon("munged", "--foreground", "--force", f"--key-file={key}", *options)
            self.wait(files["socket"].exists)
            self.daemon("slurmctld", "-D", "-c")
            self.daemon("slurmd", "-D", "-N", self.node)
            self.wait(lambda: self.state() == "idle")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(5)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        for name in ("slurm.conf", "gres.conf"):  # left behind, they make every start of Snakemake 9 s slower
            (ETC / name).unlink(missing_ok=True)

    def daemon(self, *command: str) -> None:
        with open(self.folder / f"{command[0]}.out", "w") as file:
            self.daemons.append(subprocess.Popen(command, stdout=file, stderr=file))

    def call(self, *command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout.strip()

    def state(self) -> str:
        return self.call("sinfo", "-h", "-N", "-p", "cpu", "-o", "%t")

    def jobs(self, *states: str) -> list[str]:
        """Ids of the jobs in some states."""
        return self.call("squeue", "-h", "-o", "%i", "-t", ",".join(states or ("running", "pending"))).split()

    def asked(self, folder: Path, name: str) -> list[str]:
        """Memory and GPUs of the submissions of a rule or group from one folder; the plugin notes it in a comment."""
        fields = "WorkDir:|,Comment:|,MinMemory:|,tres-per-job:|"
        lines = self.call("squeue", "-h", "-S", "i", "-t", "all", "-O", fields).splitlines()
        jobs = (line.split("|") for line in lines)
        return [
            f"{memory} {gpus}"
            for place, note, memory, gpus, _ in jobs
            if place == str(folder) and note.startswith(f"rule_{name}")
        ]

    def wait(self, condition: Callable[[], object], seconds: float = 60) -> object:
        limit = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < limit, "the cluster did not get there"
            time.sleep(0.1)
        return value
