"""Load the project's configuration as a run would, without snakemake."""

import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from churn.config.loading import load
from churn.config.run import Run
from churn.errors import InputError
from churn.estimator_checks import check_estimators

from support.project import ROOT

CONFIG = ROOT / "config"


def load_config(
    cache: Path,
    typed: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] | None = None,
    folder: Path = CONFIG,
) -> Run:
    """Load with `typed` after --config and `files` in a --configfile."""
    return load(folder, files or {}, typed or {}, partial(check_estimators, cache=cache))


def problems_of(
    cache: Path,
    typed: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] | None = None,
    folder: Path = CONFIG,
) -> list[str]:
    """Load what cannot be used and give the problems."""
    try:
        load_config(cache, typed, files, folder)
    except InputError as error:
        return error.problems
    return []


def edited(folder: Path, name: str, text: str | bytes) -> Path:
    """Copy the config folder and write one of its files anew."""
    config = folder / "config"
    shutil.copytree(CONFIG, config)
    path = config / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return config
