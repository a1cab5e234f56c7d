"""Where raw tables come from. A new kind of source is one function in `FETCHERS`."""

import hashlib
import logging
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from churn.download import download
from churn.errors import InputError
from churn.files import atomic_path, write_json

logger = logging.getLogger(__name__)

Source = Mapping[str, Any]
Facts = dict[str, Any]


def download_data(source: Source, raw: str, facts: str) -> None:
    """Bring the raw table to the file `raw` and note in the JSON file `facts` what it is."""
    write_json(facts, fetch(source, Path(raw)))


def fetch(source: Source, target: Path) -> Facts:
    """Bring the raw table to `target`, whole or not at all.

    Parameters
    ----------
    source : mapping
        The source's section of the config; its ``kind`` chooses the fetcher.
    target : Path
        Where the raw file belongs.

    Returns
    -------
    dict
        What is known of the file: its kind of source, size in bytes, SHA-256, and what the
        source itself has to say.

    Raises
    ------
    InputError
        If the source cannot be had; an earlier file at `target` stays.
    """
    facts = FETCHERS[source["kind"]](source, target)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = target.stat().st_size
    logger.info("%s: %d bytes, SHA-256 %s", target, size, digest)
    return {"kind": source["kind"], "bytes": size, "sha256": digest, **facts}


def fetch_synthetic(source: Source, target: Path) -> Facts:
    """Generate a table of ``rows`` customers from ``seed``."""
    from pyarrow import csv

    from churn.synthetic import generate

    table, truth = generate(source["rows"], source["seed"])
    with atomic_path(target) as temporary:
        csv.write_csv(
            table, temporary, csv.WriteOptions(quoting_style="none", quoting_header="none")
        )
    return {"rows": source["rows"], "truth": truth}


def fetch_url(source: Source, target: Path) -> Facts:
    """Download ``url`` and check it against the pinned ``sha256``."""
    try:
        download(
            source["url"],
            target,
            sha256=source["sha256"],
            timeout=source["timeout"],
            retries=source["retries"],
            max_bytes=source["max_bytes"],
        )
    except InputError as error:
        raise InputError([f"data.source.url: {problem}" for problem in error.problems]) from error
    return {}


def fetch_file(source: Source, target: Path) -> Facts:
    """Copy the file at ``path``."""
    path = Path(source["path"])
    if not path.is_file():
        raise InputError(f"data.source.path={path}: there is no such file")
    with atomic_path(target) as temporary:
        shutil.copyfile(path, temporary)
    return {}


FETCHERS: dict[str, Callable[[Source, Path], Facts]] = {
    "synthetic": fetch_synthetic,
    "url": fetch_url,
    "file": fetch_file,
}
