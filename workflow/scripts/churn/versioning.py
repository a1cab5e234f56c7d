"""Version the results of a run: with DVC, once, after everything else."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from churn import git
from churn.errors import InputError
from churn.files import write_json
from churn.pointers import FOLDERS, POINTER, RECORDS, RESULTS, Pointer, current_pointer
from churn.restoring_state import forget_asked
from churn.run_identity import folder_digest
from churn.version_settings import configure
from churn.version_store import Store, opened

# What a commit of a version holds beside the pointer.
WITH_POINTER = ("dvc.yaml", "config")


def version_results(
    settings: Mapping[str, Any], run: str, command: str, workflow: str, result: str
) -> None:
    """Put the results into DVC's cache and write the pointer file.

    Parameters
    ----------
    settings : mapping
        The section ``versioning`` of the configuration.
    run : str
        Digest of all that the results follow from.
    command : str
        The words after ``snakemake`` that chose the configuration.
    workflow : str
        Folder of the rules and the library.
    result : str
        Where a note of the version goes (JSON).

    Raises
    ------
    InputError
        If the version cannot be kept, or not pushed. The results stay.
    """
    configure(settings)
    with opened(settings["lock_timeout"]) as store:
        _refuse_edited(store)
        put = {folder: store.put(folder) for folder in FOLDERS}
        pointer = Pointer(
            digests={folder: digest for folder, (digest, _) in put.items()},
            sizes={folder: size for folder, (_, size) in put.items()},
            run=run,
            workflow=folder_digest(Path(workflow)),
            command=command,
        )
        pointer.write()
        store.remember(pointer)
        forget_asked()
        if settings["push"]:
            store.push(pointer)
    commit = None
    if settings["commit"]:
        size = pointer.sizes[RESULTS][1]
        commit = git.commit([POINTER, *WITH_POINTER], f"Version the results of a run: {size} files")
    note_version(pointer, result, pushed=settings["push"], commit=commit)


def note_version(
    pointer: Pointer, result: str, *, pushed: bool = False, commit: str | None = None
) -> None:
    """Write down which version the results are."""
    size, files = pointer.sizes[RESULTS]
    write_json(
        result,
        {
            "version": pointer.digests[RESULTS],
            "run": pointer.run,
            "files": files,
            "bytes": size,
            "pushed": pushed,
            "commit": commit,
        },
    )


def _refuse_edited(store: Store) -> None:
    """Refuse results that have changed since the last version although no job made them anew.

    They would pass for what this configuration gives, here and wherever the version is shared.
    """
    before = current_pointer()
    if before is None or not all(store.holds(digest) for digest in before.digests.values()):
        return
    old, old_records = (store.files(before.digests[folder]) for folder in FOLDERS)
    new, new_records = (store.present(folder) for folder in FOLDERS)
    edited = []
    for path in sorted(new.keys() & old.keys()):
        record = record_name(f"{RESULTS}/{path}")
        unmade = record in old_records and old_records[record] == new_records.get(record)
        if old[path] != new[path] and unmade:
            edited.append(f"{RESULTS}/{path}")
    if edited:
        raise InputError(
            [
                f"{path} was edited after the run that made it; nothing was versioned. Delete it "
                f"to have it made again, or `dvc checkout {path}` brings its version back"
                for path in edited
            ]
        )


def record_name(output: str) -> str:
    """Give the path, below its folder, of Snakemake's record of an output.

    A name longer than a file system takes is cut into folders.
    """
    name = urlsafe_b64encode(output.encode()).decode()
    parts = [name[start : start + 254] for start in range(0, len(name), 254)]
    return "/".join([*(f"@{part}" for part in parts[:-1]), parts[-1]])


def remove_record(output: str) -> None:
    """Delete Snakemake's record of an output."""
    (Path(RECORDS) / record_name(output)).unlink(missing_ok=True)
