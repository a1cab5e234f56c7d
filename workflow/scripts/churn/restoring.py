"""Bring an earlier version of the results back, so that Snakemake has nothing left to do.

All files are put ready first, and only then take their places: a full disk or a server that goes
away changes nothing. (DVC's own checkout deletes a whole folder when one of its files fails.)
"""

import os
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from churn import git, locking
from churn.errors import InputError
from churn.files import read_json, read_yaml, write_json
from churn.pointers import (
    FOLDERS,
    POINTER,
    RESULTS,
    Pointer,
    current_pointer,
    read_pointer,
)
from churn.restoring_state import NOTE, STATE, UNFINISHED, note_asked
from churn.run_identity import file_digest, folder_digest
from churn.version_settings import configure
from churn.version_store import Store, opened
from churn.versioning import note_version, remove_record

# What git brings back of a run.
TRACKED = ("config", "workflow", POINTER, "dvc.yaml", ".dvcignore")
OFFICE = "champion/"
BENCHMARKS = Path(RESULTS) / "benchmarks"
READY = STATE / "restoring"
# The last commit that was restored.
RESTORED = STATE / "restored.json"


def restore_commit(
    revision: str | None, settings: Mapping[str, Any], *, force: bool = False
) -> Pointer:
    """Bring back the run that belongs to a git revision, with its configuration and workflow.

    Parameters
    ----------
    revision : str or None
        Any name that git knows for a commit; None for what the present pointer file names.
    settings : mapping
        The section ``versioning`` of the configuration.
    force : bool
        Give up results that are in no version.

    Returns
    -------
    Pointer

    Raises
    ------
    InputError
        If something would be lost, or is not to be had; nothing has changed then.
    """
    lock = locking.lock(STATE / "lock")
    commit = git.commit_of(revision) if revision else None
    pointer = _pointer_at(commit)
    if commit:
        _refuse_uncommitted()
    configure(settings)
    with opened(settings["lock_timeout"]) as store:
        store.fetch(pointer)
        if not (force or UNFINISHED.exists()):
            _refuse_unsaved(store)
        wanted = {folder: store.files(pointer.digests[folder]) for folder in FOLDERS}
        _put_ready(store, wanted)
        write_json(UNFINISHED, {"commit": commit})
        if commit:
            write_json(RESTORED, {"commit": commit})
            git.take(commit, TRACKED)
        _take_places(store, wanted)
    _let_notice(pointer)
    # Last, so that it is newer than all that Snakemake compares it with.
    note_version(pointer, str(NOTE), commit=commit)
    UNFINISHED.unlink()
    lock.close()
    return pointer


def restore_run(run: str, settings: Mapping[str, Any]) -> Pointer | None:
    """Bring back the results of an equal run, all but the champion in office.

    Who is in office follows from the runs before; if it was another one then, the champion is
    left to be named anew.

    Parameters
    ----------
    run : str
        Digest of all that the results follow from.
    settings : mapping
        The section ``versioning`` of the configuration.

    Returns
    -------
    Pointer or None
        None if there was no such run.

    Raises
    ------
    InputError
        If something would be lost, or is not to be had; nothing has changed then.
    """
    lock = locking.lock(STATE / "lock")
    configure(settings)
    with opened(settings["lock_timeout"]) as store:
        pointer = store.recall(run)
        if pointer is None:
            note_asked(run)
            return None
        store.fetch(pointer)
        _refuse_unsaved(store)
        wanted = {folder: store.files(pointer.digests[folder]) for folder in FOLDERS}
        same_office = _keep_office(wanted[RESULTS], store.present(RESULTS))
        _put_ready(store, wanted)
        write_json(UNFINISHED, {"commit": None})
        pointer.write()
        _take_places(store, wanted)
    # Without the note the last job runs: for the new champion, to push, to commit.
    if same_office and not (settings["push"] or settings["commit"]):
        note_version(pointer, str(NOTE))
    else:
        NOTE.unlink(missing_ok=True)
    UNFINISHED.unlink()
    lock.close()
    return pointer


def _pointer_at(commit: str | None) -> Pointer:
    if commit is None:
        pointer, where = current_pointer(), "here"
    else:
        where = f"in commit {commit[:12]}"
        text = git.file_at(commit, POINTER)
        pointer = read_pointer(text, f"{POINTER} {where}") if text else None
    if pointer is None:
        raise InputError(f"{POINTER} {where} names no version of the results")
    return pointer


def _refuse_uncommitted() -> None:
    """Refuse while config/ or workflow/ has what neither HEAD nor the last restored run has."""
    if UNFINISHED.exists():
        return
    paths = ("config", "workflow")
    edited = git.changed(paths)
    if edited and RESTORED.is_file() and not git.changed(paths, read_json(RESTORED)["commit"]):
        return
    if edited:
        raise InputError(
            [
                f"{path} has changes that no commit holds and that would be lost: commit them, "
                "or `git stash --include-untracked`, first"
                for path in edited
            ]
        )


def _refuse_unsaved(store: Store) -> None:
    """Refuse to replace results that no version has."""
    unsaved = [path for path, digest in store.present(RESULTS).items() if not store.holds(digest)]
    if unsaved:
        more = f" and {len(unsaved) - 1} more" if len(unsaved) > 1 else ""
        raise InputError(
            f"{RESULTS}/{unsaved[0]}{more} would be lost: no version has it. Finish the run that "
            "made it, or move or delete it; `make restore ... FORCE=1` gives it up"
        )


def _keep_office(wanted: dict[str, str], present: Mapping[str, str]) -> bool:
    """Take the champion in office out of what is restored; tell whether it was the same."""
    held = {path: digest for path, digest in present.items() if path.startswith(OFFICE)}
    before = {path: digest for path, digest in wanted.items() if path.startswith(OFFICE)}
    if not held or held == before:
        return True
    for path in before:
        del wanted[path]
    wanted.update(held)
    # Snakemake names the champion again where this is missing.
    wanted.pop("champion.json", None)
    return False


def _put_ready(store: Store, wanted: Mapping[str, Mapping[str, str]]) -> None:
    """Copy every file that differs from the present one to a folder on the same disk."""
    shutil.rmtree(READY, ignore_errors=True)
    try:
        for folder, files in wanted.items():
            present = store.present(folder)
            for path, digest in files.items():
                if present.get(path) != digest:
                    ready = READY / folder / path
                    ready.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(store.path(digest), ready)
    except OSError:
        shutil.rmtree(READY, ignore_errors=True)
        raise


def _take_places(store: Store, wanted: Mapping[str, Mapping[str, str]]) -> None:
    """Replace the present files; Snakemake's records last, as they vouch for the results."""
    # Results of one age, so that Snakemake finds none older than what it was made from.
    now = time.time()
    for folder, files in wanted.items():
        for path in store.present(folder).keys() - files.keys():
            (Path(folder) / path).unlink()
        _remove_empty(Path(folder))
        for path in files:
            target, ready = Path(folder) / path, READY / folder / path
            if ready.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                ready.replace(target)
            os.utime(target, (now, now))
    # Snakemake counts a benchmark's age as that of its job's outputs, and keeps the age of an
    # output that is a folder in a file of its own.
    for found in Path(RESULTS).rglob("*"):
        timed = found.name == ".snakemake_timestamp" or found.is_relative_to(BENCHMARKS)
        if found.is_dir() or timed:
            os.utime(found, (now, now))
    shutil.rmtree(READY, ignore_errors=True)
    remove_record(str(NOTE))
    # Snakemake would take the records for those of an old release.
    Path(".snakemake/incomplete").mkdir(parents=True, exist_ok=True)


def _remove_empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


def _let_notice(pointer: Pointer) -> None:
    """Have Snakemake notice what is not as it was in that run: the workflow, the user's table.

    It looks at what is newer than the results.
    """
    workflow = Path("workflow")
    if folder_digest(workflow) != pointer.workflow:
        _touch(path for path in workflow.rglob("*") if path.is_file())
    source = _source()
    if source is not None:
        _touch([source])


def _source() -> Path | None:
    """Name the user's table if it is not the one behind the restored results."""
    facts = Path(RESULTS) / "data/download.json"
    configuration = Path(RESULTS) / "config.yaml"
    if not (facts.is_file() and configuration.is_file()):
        return None
    source = read_yaml(configuration)["data"]["source"]
    path = Path(source.get("path", ""))
    same = path.is_file() and file_digest(path) == read_json(facts).get("sha256")
    return path if path.is_file() and not same else None


def _touch(paths: Iterable[Path]) -> None:
    for path in paths:
        os.utime(path)
