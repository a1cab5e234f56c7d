"""How tests are shared among workers; fixtures that run the real workflow, or fill a disk."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from support.project import Project
from xdist.scheduler import LoadScopeScheduling

# Tests that share a cluster, a server or a browser run one after the other, in one worker.
SHARED = {
    "test_slurm.py": "cluster",
    "test_storage.py": "cluster",
    "test_mlflow_server.py": "server",
    "test_report.py": "browser",
}


class TogetherOrAlone(LoadScopeScheduling):
    """Give tests that share something to one worker, and all others to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return SHARED.get(nodeid.split("::")[0].rpartition("/")[2], nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Have xdist share tests so; its own groups go by changed test ids, which pytest 9 ignores."""
    return TogetherOrAlone(config, log)


@pytest.fixture(scope="session")
def finished_once(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which a small run has finished; not to be changed, copy it."""
    # All workers of one test run share it.
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    project = Project(shared / "finished")
    with FileLock(shared / "finished.lock"):
        if not (project.folder / "done").exists():
            Project.new(project.folder).snakemake().succeeded()
            project.path("done").touch()
    return project


@pytest.fixture
def finished(finished_once: Project, tmp_path: Path) -> Project:
    """A project of this test's own in which a small run has finished."""
    return finished_once.copy(tmp_path / "project")


@pytest.fixture
def new_project(tmp_path: Path) -> Callable[[str], Project]:
    """Make projects in which nothing has run."""
    return lambda name: Project.new(tmp_path / name)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Give a disk of a given size at a folder, or mount it anew there with other options."""
    mounted: list[Path] = []

    def mount(options: str, folder: Path = tmp_path / "disk") -> Path:
        anew = folder in mounted
        folder.mkdir(parents=True, exist_ok=True)
        options = f"remount,{options}" if anew else options
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=anew)
        if done.returncode:
            pytest.skip(f"no disk can be mounted here, run as root: {done.stderr.strip()}")
        if not anew:
            mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
