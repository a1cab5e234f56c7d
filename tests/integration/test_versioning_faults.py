"""What goes wrong with versions: a clear sentence, nothing lost, and the repeat succeeds."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.project import Project, environment
from support.s3_server import S3Server
from support.versioned import OTHER, VERSIONED, VersionedProject
from support.waiting import wait_until

# Only the champion's part, the quickest that changes results.
CHEAP = (*OTHER[:-1], "overrides=model.params.C=0.5 champion.alpha=0.1")


def version_again(project: VersionedProject) -> None:
    """Have the last job run again, with no equal earlier run to restore."""
    project.path("results/version.json").unlink()
    shutil.rmtree(project.path(".dvc/cache/runs"))


def test_full_disk(versioned: VersionedProject, small_disk: Callable[..., Path]):
    disk = small_disk("size=64k")
    versioned.dvc("cache", "dir", "--local", str(disk))
    before, pointer = versioned.digests(), versioned.path("run.dvc").read_text()
    version_again(versioned)
    outcome = versioned.snakemake(config=OTHER).failed()
    assert "no space is left for versions" in outcome.output
    assert versioned.digests() == before
    assert versioned.path("run.dvc").read_text() == pointer

    small_disk("size=64m")
    versioned.snakemake(config=OTHER).succeeded()
    assert versioned.dvc("status").strip() == "Data and pipelines are up to date."
    shutil.rmtree(versioned.path("results"))
    versioned.dvc("checkout")
    assert versioned.digests() == before


def test_read_only_cache(versioned: VersionedProject, small_disk: Callable[..., Path]):
    disk = small_disk("size=64m")
    versioned.dvc("cache", "dir", "--local", str(disk))
    small_disk("ro")
    before = versioned.digests()
    version_again(versioned)
    outcome = versioned.snakemake(config=OTHER).failed()
    assert "cannot be written" in outcome.output
    assert versioned.digests() == before


def test_another_dvc_process(versioned: VersionedProject):
    code = "from dvc.repo import Repo; Repo().lock.lock(); print('held', flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=versioned.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin
    assert holder.stdout
    try:
        assert holder.stdout.readline().strip() == "held"
        before = versioned.digests()
        version_again(versioned)
        impatient = (*OTHER[:-1], f"{OTHER[-1]} versioning.lock_timeout=0.1")
        outcome = versioned.snakemake(config=impatient).failed()
        assert "another DVC process is at work" in outcome.output
        assert versioned.digests() == before
    finally:
        holder.stdin.close()
        holder.wait()
    versioned.snakemake(config=OTHER).succeeded()


def test_edited_result(versioned: VersionedProject):
    board = versioned.path("results/leaderboard.csv")
    good = board.read_bytes()
    board.write_bytes(good + b"mine\n")
    outcome = versioned.snakemake(config=OTHER).failed()
    assert "results/leaderboard.csv was edited after the run that made it" in outcome.output
    outcome = versioned.restore("--rev", "HEAD~1").failed()
    assert "results/leaderboard.csv would be lost" in outcome.output
    assert board.read_bytes() == good + b"mine\n"
    # As the first message says.
    versioned.dvc("checkout", "--force", "results/leaderboard.csv")
    assert board.read_bytes() == good
    versioned.snakemake(config=OTHER).succeeded()


def test_edited_configuration_is_not_overwritten(versioned: VersionedProject):
    path = versioned.path("config/config.yaml")
    text = path.read_text() + "# mine\n"
    path.write_text(text)
    outcome = versioned.restore("--rev", "HEAD~1").failed()
    assert "config/config.yaml has changes that no commit holds" in outcome.output
    assert path.read_text() == text


@pytest.mark.parametrize("link", ["hardlink", "symlink"])
def test_links_into_the_cache_are_never_written_through(versioned: VersionedProject, link: str):
    versioned.dvc("config", "--local", "cache.type", link)
    versioned.dvc("checkout", "--relink")
    assert versioned.snakemake(config=CHEAP).succeeded().jobs
    cached = versioned.cached()
    assert cached
    assert all(cached.values())


def test_restore_that_is_killed(versioned: VersionedProject, tmp_path: Path):
    first = versioned.git("rev-parse", "HEAD~1").strip()
    # The real git, but for one command, at which the restore is killed.
    folder = tmp_path / "bin"
    folder.mkdir()
    git = folder / "git"
    real = shutil.which("git")
    git.write_text(f'#!/bin/sh\n[ "$1" = restore ] && kill -9 $PPID\nexec {real} "$@"\n')
    git.chmod(0o755)
    command = [sys.executable, "workflow/scripts/restore_results.py", "--rev", first]
    surroundings = environment() | {"PATH": f"{folder}:{os.environ['PATH']}"}
    killed = subprocess.run(command, cwd=versioned.folder, env=surroundings, check=False)
    assert killed.returncode == -signal.SIGKILL
    outcome = versioned.snakemake(config=OTHER).failed()
    assert "a restore was interrupted, and results/ is a mixture of two runs" in outcome.output
    assert f"make restore REV={first[:12]}" in outcome.output
    versioned.restore("--rev", first).succeeded()
    assert versioned.snakemake(config=VERSIONED).succeeded().jobs == []


def test_server_killed_in_mid_push_and_mid_pull(
    versioned: VersionedProject,
    s3: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    # A server that was killed does not come back: to ask again for each file would take minutes.
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    keys = {"url": "s3://churn/versions", "endpoint": s3.endpoint, "region": "us-east-1"}
    words = " ".join(f"versioning.remote.{key}={value}" for key, value in keys.items())
    remote = (*OTHER[:-1], f"{OTHER[-1]} versioning.push=true {words}")
    before = versioned.digests()
    s3.kill()
    s3.start("--bwlimit", "40k")
    version_again(versioned)
    pushing = versioned.start(versioned.command(config=remote))
    wait_until(lambda: len(s3.objects()) > 3, "the push")
    s3.kill()
    output, _ = pushing.communicate(timeout=200)
    assert pushing.returncode != 0
    assert "not all of it is at the remote" in output
    assert "Traceback" not in output
    assert versioned.digests() == before
    at_kill = len(s3.objects())

    s3.start()
    versioned.snakemake(config=remote).succeeded()
    versioned.commit("Pushed")
    assert len(s3.objects()) > at_kill
    assert all(s3.objects().values())

    clone = versioned.clone(tmp_path / "clone")
    settings = ("--rev", "HEAD", "--config", remote[-1])
    s3.kill()
    s3.start("--bwlimit", "40k")
    pulling = clone.start([sys.executable, "workflow/scripts/restore_results.py", *settings])
    wait_until(lambda: len(clone.cached()) > 3, "the pull")
    s3.kill()
    output, _ = pulling.communicate(timeout=200)
    assert pulling.returncode != 0
    assert "nothing was restored" in output
    assert "Traceback" not in output
    assert not clone.path("results").exists()

    s3.start()
    clone.restore(*settings).succeeded()
    assert clone.digests() == before
    assert all(clone.cached().values())
    assert clone.snakemake(config=remote).succeeded().jobs == []


def test_damaged_version_is_pulled_anew_or_refused(versioned: VersionedProject):
    before = versioned.digests()
    versioned.dvc("push")
    damaged = max(versioned.cached(), key=lambda path: path.stat().st_size)
    spoil(damaged)
    versioned.restore().succeeded()
    assert all(versioned.cached().values())
    assert versioned.digests() == before
    # Spoiled at the remote as well, it is no version any more.
    spoil(damaged)
    spoil(versioned.path(".dvc/storage") / damaged.relative_to(versioned.path(".dvc/cache")))
    outcome = versioned.restore().failed()
    assert "the version is not complete" in outcome.output
    assert versioned.digests() == before


def test_without_git_a_run_goes_on(finished: Project):
    outcome = finished.snakemake("--dry-run", config=VERSIONED).succeeded()
    assert "Results are not versioned: this is no git repository." in outcome.output
    assert outcome.jobs == []


def test_without_dvc_a_run_goes_on(finished: Project):
    subprocess.run(["git", "init", "--quiet"], cwd=finished.folder, check=True)
    outcome = finished.snakemake("--dry-run", config=VERSIONED).succeeded()
    assert "Results are not versioned: no .dvc/config is here." in outcome.output
    assert outcome.jobs == []


def test_commits_only_when_told_and_only_its_own(versioned: VersionedProject):
    head = versioned.git("rev-parse", "HEAD")
    versioned.path("notes.txt").write_text("mine\n")
    versioned.git("add", "notes.txt")
    versioned.snakemake(config=CHEAP).succeeded()
    assert versioned.git("rev-parse", "HEAD") == head
    words = "versioning.commit=true champion.rule=simplest_equivalent"
    committing = (*CHEAP[:-1], f"{CHEAP[-1]} {words}")
    versioned.snakemake(config=committing).succeeded()
    assert versioned.git("rev-parse", "HEAD~1") == head
    assert versioned.git("show", "--name-only", "--format=", "HEAD").split() == ["run.dvc"]
    assert versioned.git("status", "--short") == "A  notes.txt\n"


def spoil(path: Path) -> None:
    """Change one byte."""
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
