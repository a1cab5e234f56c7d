"""Files that are written whole or not at all, with the same bytes for the same content."""

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from churn.errors import DamagedFileError


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its name when the block ends well.

    Parameters
    ----------
    path : str or Path
        Where the file belongs. Missing folders are made.

    Yields
    ------
    Path
        A path in the same folder, with the same suffix, to write to. If the block raises, it
        is removed and an earlier file at `path` stays as it was.
    """
    path = Path(path)
    folder = path.parent / f".{path.name}.part"
    # A process that was killed leaves its part behind; its successor clears it away.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        temporary = folder / path.name
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write `content` to `path` as JSON; not-a-number is an error, not invalid JSON."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


@contextmanager
def intact(path: str | Path) -> Iterator[None]:
    """Take what goes wrong while a file is read for damage of the file, and name it.

    Parameters
    ----------
    path : str or Path
        A file that the workflow has written.

    Raises
    ------
    DamagedFileError
        If the block raises anything but what the system says (no such file, no memory).
    """
    try:
        yield
    except (MemoryError, DamagedFileError):
        raise
    except Exception as error:
        # Arrow raises it without a number for what is wrong within a file.
        if isinstance(error, OSError) and error.errno:
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise damaged(path, reason) from error


class _Record(dict):
    """An object of a JSON file, which names the file if a key is asked for that is not there."""

    def __init__(self, content: Mapping[str, Any], path: str | Path) -> None:
        super().__init__(content)
        self._path = path

    def __missing__(self, key: object) -> Any:
        raise damaged(self._path, f"it has no key {key!r}")


def read_json(path: str | Path) -> Any:
    """Read the JSON file at `path`.

    Raises
    ------
    DamagedFileError
        If it is none; also later, when a key is looked up that an object in it does not have.
    """
    with intact(path):
        text = Path(path).read_text(encoding="utf-8")
        return json.loads(text, object_hook=lambda content: _Record(content, path))


def check_digest(path: str | Path, facts: str | Path) -> None:
    """Check that a file is the one that was noted.

    Parameters
    ----------
    path : str or Path
        The file.
    facts : str or Path
        A JSON file with its ``sha256``.

    Raises
    ------
    DamagedFileError
        If it is another one.
    """
    with Path(path).open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != read_json(facts)["sha256"]:
        raise damaged(path, f"its SHA-256 is not the one in {facts}")


def damaged(path: str | Path, reason: str) -> DamagedFileError:
    """Give the error for a file of the results that is not as it was written."""
    return DamagedFileError(
        f"{path}: damaged, not as the workflow wrote it ({reason}); delete it and run again"
    )


def write_csv(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write `rows`, which all have the same keys, to `path` as CSV under a header."""
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_csv(path: str | Path) -> list[dict[str, str]]:
    """Read the CSV file at `path` as a dict a row, all values as text."""
    with intact(path), Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_yaml(path: str | Path) -> dict[str, Any]:
    """Read the YAML file of keys at `path`; `DamagedFileError` if it is none."""
    with intact(path):
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("it holds no keys")
        return content


def write_yaml(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write `content` to `path` as YAML."""
    write_text(path, yaml.safe_dump(dict(content), allow_unicode=True))
