"""Ask git about the project in the working directory, through git's own command."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from churn.errors import InputError


def has_repository() -> bool:
    """Whether the working directory belongs to a git repository."""
    here = Path.cwd()
    return any((folder / ".git").exists() for folder in (here, *here.parents))


def commit_of(revision: str) -> str:
    """Give the full name of the commit that a revision means.

    Raises
    ------
    InputError
        If there is no such revision.
    """
    try:
        return _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").strip()
    except InputError:
        raise InputError(f"git knows no revision {revision!r}") from None


def file_at(commit: str, path: str) -> str | None:
    """Give the text of a file in a commit, None if it does not hold the file."""
    if not _git("ls-tree", "--name-only", commit, "--", path).strip():
        return None
    return _git("show", f"{commit}:./{path}")


def changed(paths: Sequence[str], commit: str = "HEAD") -> list[str]:
    """Name the files under `paths` that are not as in a commit, new files among them."""
    different = _git("diff", "--name-only", "--relative", commit, "--", *paths)
    new = _git("ls-files", "--others", "--exclude-standard", "--", *paths)
    tracked = set(_git("ls-tree", "-r", "--name-only", commit, "--", *paths).splitlines())
    return sorted({*different.splitlines(), *(set(new.splitlines()) - tracked)})


def take(commit: str, paths: Sequence[str]) -> None:
    """Make the files under `paths` as they are in a commit, in the index as well."""
    there = [path for path in paths if _git("ls-tree", "--name-only", commit, "--", path).strip()]
    _git("restore", f"--source={commit}", "--staged", "--worktree", "--", *there)


def commit(paths: Sequence[str], message: str) -> str | None:
    """Commit what has changed under `paths`, and nothing else.

    Returns
    -------
    str or None
        The commit's full name, None if nothing has changed.
    """
    there = [path for path in paths if Path(path).exists()]
    _git("add", "--", *there)
    if not _git("diff", "--cached", "--name-only", "--", *there).strip():
        return None
    _git("commit", "--quiet", f"--message={message}", "--only", "--", *there)
    return commit_of("HEAD")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise InputError("git is not installed, and versions need it") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise InputError(f"git {arguments[0]}: {said[-1]}")
    return done.stdout
