"""Fixtures for tests that run the real workflow."""

from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from support.project import Project


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
