"""A SLURM cluster, where one answers on this machine."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable

import pytest

from support.project import ROOT, SMALL, Project, environment

PYTHON = ROOT / ".venv-cluster" / "bin" / "python"
ACCOUNT = os.environ.get("CHURN_SLURM_ACCOUNT", "demo")
PARTITION = os.environ.get("CHURN_SLURM_PARTITION", "main")


def _answers() -> bool:
    if not shutil.which("sinfo"):
        return False
    return subprocess.run(["sinfo", "-h"], capture_output=True, check=False).returncode == 0


needs_plugins = pytest.mark.skipif(
    not PYTHON.exists(), reason=f"no {PYTHON.parents[1].name}: make .venv-cluster installs it"
)
needs_slurm = pytest.mark.skipif(
    not _answers(), reason="no SLURM cluster answers here: install and start one (sinfo asks it)"
)


def command(*words: str, profile: str = "slurm", config: tuple[str, ...] = SMALL) -> list[str]:
    """Give a call of the snakemake that has the plugins."""
    call = [str(PYTHON), "-m", "snakemake", *words, "--profile", f"profiles/{profile}"]
    return [*call, "--config", *config]


def start(project: Project, call: list[str], **variables: str) -> subprocess.Popen:
    """Start a call in the project's folder; what it prints goes to the file ``printed``."""
    env = environment() | {"PATH": f"{PYTHON.parent}:{os.environ['PATH']}"} | variables
    with project.path("printed").open("w") as out:
        return subprocess.Popen(
            call, cwd=project.folder, env=env, stdout=out, stderr=out, start_new_session=True
        )


def site() -> list[str]:
    """Give what a user says of the cluster at hand, which may be asked often."""
    resources = [f"slurm_account={ACCOUNT}", f"slurm_partition={PARTITION}"]
    asked = ["--seconds-between-status-checks", "1"]
    asked += ["--slurm-init-seconds-before-status-checks", "1"]
    return [*asked, "--default-resources", *resources]


def run_id(project: Project) -> str | None:
    """Give the name that all SLURM jobs of the call carry, once it is known."""
    marker = "SLURM run ID: "
    lines = project.path("printed").read_text().splitlines()
    return next((line.split(marker)[1] for line in lines if marker in line), None)


def queue(name: str) -> list[dict[str, str]]:
    """Give the jobs that are waiting or at work under a name."""
    return _table(
        ["squeue", "-h", "-n", name], "-o", "%i|%T|%N|%k", ["id", "state", "node", "rule"]
    )


def account(name: str) -> list[dict[str, str]]:
    """Give all jobs that there were under a name, with times in seconds and memory in MB."""
    keys = ["JobID", "State", "NodeList", "Comment", "ReqMem", "Start", "End"]
    names = ["id", "state", "node", "rule", "memory", "start", "end"]
    call = ["env", "SLURM_TIME_FORMAT=%s", "sacct", "-X", "-n", "-P", "-D"]
    return _table([*call, "--name", name, "-S", "now-1hours"], "-o", ",".join(keys), names)


def _table(call: list[str], flag: str, form: str, names: list[str]) -> list[dict[str, str]]:
    done = subprocess.run([*call, flag, form], capture_output=True, text=True, check=True)
    return [
        dict(zip(names, line.split("|"), strict=True)) for line in done.stdout.splitlines() if line
    ]


def wait_for(what: Callable[[], object], process: subprocess.Popen, seconds: float = 120) -> None:
    """Wait until `what` is true, and fail if the process ends before."""
    end = time.monotonic() + seconds
    while not what():
        assert process.poll() is None, "the run has ended before"
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)
