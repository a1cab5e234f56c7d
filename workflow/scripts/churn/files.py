"""Files that are written whole or not at all, with the same bytes for the same content."""

import csv
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
        raise DamagedFileError(
            f"{path}: damaged, not as the workflow wrote it ({reason}); delete it and run again"
        ) from error


def read_json(path: str | Path) -> Any:
    """Read the JSON file at `path`; `DamagedFileError` if it is none."""
    with intact(path):
        return json.loads(Path(path).read_text(encoding="utf-8"))


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
