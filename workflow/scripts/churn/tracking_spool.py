"""Keep what is to be logged until it is logged, though later runs overwrite the results.

Each entry is a folder: a copy of the files that are logged, under the names that they have in
``results/``, and ``entry.json``, which is written last and tells that the entry is whole.
"""

import hashlib
import json
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyarrow import parquet

from churn.customers import METADATA
from churn.files import read_json, read_yaml, write_json
from churn.mlflow_store import ENTRY

EXAMPLES = 3
# Of a run as a whole, and of each model; those that are not there are left out.
OF_RUN = (
    "config.yaml",
    "leaderboard.csv",
    "comparison.json",
    "champion.json",
    "model_card.md",
    "plots",
    "data/download.json",
    "data/profile.json",
    "data/leakage.json",
)
OF_MODEL = (
    "models/{model}/model.skops",
    "models/{model}/metrics.json",
    "models/{model}/config.yaml",
    "evaluation/{model}/report.json",
    "evaluation/{model}/curves.json",
    "explanations/{model}.json",
)
# What makes two runs the same: made from the same by the same, with the same outcome. Times are
# not part of it, nor who is champion, which depends on the runs before.
IDENTITY = ("config.yaml", "comparison.json")
IDENTITY_OF_MODEL = OF_MODEL[:5]
SUMMARY = "pipeline_summary.json"


@dataclass(frozen=True)
class Entry:
    """A run that is to be logged.

    Attributes
    ----------
    folder : Path
        Where its files are.
    content : dict
        ``digest``, ``created`` (ISO 8601, UTC), the ``models``, the section ``tracking`` of the
        config, ``provenance``, ``durations`` in seconds by rule, and the ``customers``: columns by
        role, number of ``rows`` and some ``examples`` of the training set.
    """

    folder: Path
    content: dict[str, Any]

    @property
    def digest(self) -> str:
        """What tells this run from others."""
        return str(self.content["digest"])

    def json(self, name: str) -> Any:
        """Read a JSON file of the run."""
        return read_json(self.folder / name)

    def config(self) -> dict[str, Any]:
        """Read the configuration behind the results."""
        config: dict[str, Any] = read_yaml(self.folder / "config.yaml")
        return config

    def discard(self) -> None:
        """Delete it."""
        # First: what is left of an entry without it is no entry.
        (self.folder / ENTRY).unlink()
        shutil.rmtree(self.folder, ignore_errors=True)


def entries(spool: Path) -> list[Entry]:
    """List what is to be logged, the oldest first."""
    files = sorted(spool.glob(f"*/{ENTRY}"))
    return [Entry(file.parent, read_json(file)) for file in files]


def add(results: Path, spool: Path, tracking: Mapping[str, Any]) -> Entry:
    """Add a finished run.

    Parameters
    ----------
    results : Path
        Folder with the results.
    spool : Path
        Folder of the entries.
    tracking : mapping
        The section of the config.

    Returns
    -------
    Entry
        The run is there once, even if it was added before.
    """
    models = list(read_yaml(results / "config.yaml")["model"])
    digest = run_digest(results, models, str(tracking["experiment"]))
    for earlier in entries(spool):
        if earlier.digest == digest and earlier.content["tracking"] == dict(tracking):
            earlier.discard()
    _clear(spool)
    created = datetime.now(UTC)
    folder = spool / f"{created:%Y%m%dT%H%M%S.%f}-{digest[:12]}"
    for name in _files(models):
        if (results / name).exists():
            _copy(results / name, folder / name)
    summary = _summary(results)
    content = {
        "digest": digest,
        "created": created.isoformat(timespec="milliseconds"),
        "models": models,
        "tracking": dict(tracking),
        "provenance": _provenance(summary),
        "durations": _durations(summary),
        "customers": _customers(results / "data/processed/train.parquet"),
    }
    write_json(folder / ENTRY, content)
    return Entry(folder, content)


def run_digest(results: Path, models: Sequence[str], experiment: str) -> str:
    """Give the SHA-256 of all that makes a run what it is."""
    names = [*IDENTITY, *(name.format(model=m) for m in models for name in IDENTITY_OF_MODEL)]
    files = {name: file_digest(results / name) for name in names}
    raw = read_json(results / "data/download.json")["sha256"]
    return digest_of({"files": files, "data": raw, "experiment": experiment})


def file_digest(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(content: Mapping[str, Any]) -> str:
    """Give the SHA-256 of plain values."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _files(models: Sequence[str]) -> Iterator[str]:
    yield from OF_RUN
    for model in models:
        yield from (name.format(model=model) for name in OF_MODEL)


def _copy(source: Path, target: Path) -> None:
    # No links: some results are later written in place.
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _clear(spool: Path) -> None:
    """Delete entries that a killed process has left unfinished."""
    for folder in spool.glob("*/"):
        if not (folder / ENTRY).is_file():
            shutil.rmtree(folder, ignore_errors=True)


def _summary(results: Path) -> dict[str, Any]:
    """Read the monitor's summary, if there is one."""
    try:
        return dict(read_json(results / SUMMARY))
    except (OSError, ValueError):
        return {}


def _provenance(summary: Mapping[str, Any]) -> dict[str, str]:
    git = summary.get("git") or {}
    found = {
        "run_id": summary.get("run_id"),
        "started": summary.get("started"),
        "git_commit": git.get("commit"),
        "git_dirty": git.get("dirty"),
        "config_digest": summary.get("config_digest"),
        "host": summary.get("host") or platform.node(),
        "executor": summary.get("executor"),
    }
    return {key: str(value) for key, value in found.items() if value is not None}


def _durations(summary: Mapping[str, Any]) -> dict[str, float]:
    stages = summary.get("stages") or {}
    return {
        rule: float(stage["seconds"])
        for rule, stage in stages.items()
        if isinstance(stage.get("seconds"), int | float)
    }


def _customers(train: Path) -> dict[str, Any]:
    with parquet.ParquetFile(train) as file:
        roles = json.loads(file.schema_arrow.metadata[METADATA])
        columns = [*roles["numeric"], *roles["categorical"]]
        batch = next(file.iter_batches(EXAMPLES, columns=columns))
        return {
            "numeric": roles["numeric"],
            "categorical": roles["categorical"],
            "target": roles["target"],
            "rows": file.metadata.num_rows,
            "examples": batch.to_pylist(),
        }
