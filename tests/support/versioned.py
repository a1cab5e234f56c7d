"""A project in a git repository whose results are versioned with DVC."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from support.project import ROOT, SMALL, Outcome, Project, environment

PARTS = (".dvc/config", ".dvc/.gitignore", ".dvc/plots/curves_of_models.json", ".dvcignore")
PARTS += ("dvc.yaml", ".gitignore")
# As in a repository in which nothing has run.
POINTER = "outs:\n- hash: md5\n  path: results\n- hash: md5\n  path: .snakemake/metadata\n"
# The small project's settings, versioned as the configuration says.
VERSIONED = tuple(word.replace("versioning=off", "versioning=local") for word in SMALL)
OTHER = (*VERSIONED, "overrides=model.params.C=0.5")
WHO = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "Tester"), ("EMAIL", "tester@example.org"))
}


class VersionedProject(Project):
    """A project in a git repository, with DVC's files."""

    @classmethod
    def of(cls, project: Project) -> "VersionedProject":
        """Put a project, with the results that it has, under git."""
        for part in PARTS:
            target = project.path(part)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / part, target)
        project.path("run.dvc").write_text(POINTER)
        versioned = cls(project.folder)
        versioned.git("init", "--quiet", "--initial-branch=main")
        versioned.commit("Start")
        return versioned

    def clone(self, folder: Path) -> "VersionedProject":
        """Clone the repository: no results, no cache."""
        subprocess.run(["git", "clone", "--quiet", self.folder, folder], check=True)
        return VersionedProject(folder)

    def git(self, *arguments: str) -> str:
        """Run git, which has to succeed."""
        return self._run(["git", *arguments]).succeeded().output

    def commit(self, message: str) -> str:
        """Commit everything and give the commit's name."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD").strip()

    def dvc(self, *arguments: str) -> str:
        """Run DVC's own command, which has to succeed."""
        return self._run([sys.executable, "-m", "dvc", *arguments]).succeeded().output

    def restore(self, *arguments: str) -> Outcome:
        """Do what `make restore` does."""
        return self._run([sys.executable, "workflow/scripts/restore_results.py", *arguments])

    def cached(self) -> dict[Path, bool]:
        """Tell of every file in the cache whether its content is what its name says."""
        return intact(self.path(".dvc/cache/files/md5"))

    def _run(self, command: list[str]) -> Outcome:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment() | WHO,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Outcome(done.returncode, done.stdout + done.stderr)


def intact(folder: Path) -> dict[Path, bool]:
    """Tell of every file in DVC's layout whether its content is what its name says.

    Those with a dot in front are being written, or were when their writer was killed.
    """
    files = [path for path in folder.rglob("[!.]*") if path.is_file()]
    return {path: _digest(path) == f"{path.parent.name}{path.stem}" for path in files}


def own_site_cache(folder: Path) -> dict[str, str]:
    """Give the environment in which DVC shares nothing with other tests or the user."""
    return {"DVC_SITE_CACHE_DIR": os.fspath(folder / "site_cache"), **WHO}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
