"""Fixtures for tests with real components: DVC, git, an S3 server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from support.project import Project
from support.s3_server import KEY, SECRET, S3Server
from support.versioned import OTHER, VERSIONED, VersionedProject, own_site_cache


@pytest.fixture(scope="session")
def versioned_once(
    finished_once: Project, tmp_path_factory: pytest.TempPathFactory
) -> VersionedProject:
    """A project with two versions in two commits; not to be changed, copy it."""
    shared = finished_once.folder.parent
    project = VersionedProject(shared / "versioned")
    with FileLock(shared / "versioned.lock"), pytest.MonkeyPatch.context() as patch:
        for name, value in own_site_cache(shared).items():
            patch.setenv(name, value)
        if not (shared / "versioned.done").exists():
            VersionedProject.of(finished_once.copy(project.folder))
            for number, config in enumerate((VERSIONED, OTHER), start=1):
                project.snakemake(config=config).succeeded()
                project.commit(f"Run {number}")
            (shared / "versioned.done").touch()
    return project


@pytest.fixture(autouse=True)
def own_dvc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let DVC share nothing between tests."""
    for name, value in own_site_cache(tmp_path).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def versioned(versioned_once: VersionedProject, tmp_path: Path) -> VersionedProject:
    """A project of this test's own with two versions in two commits."""
    project = VersionedProject(versioned_once.copy(tmp_path / "project").folder)
    # Its remote is its own folder, as the next run would set it.
    storage = project.path(".dvc/storage")
    project.dvc("remote", "modify", "--local", "storage", "url", str(storage))
    return project


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A running S3 server whose credentials are in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    server = S3Server(tmp_path / "s3")
    server.start()
    try:
        yield server
    finally:
        server.kill()
