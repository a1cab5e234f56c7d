"""Score new customers with the champion in office, and say why."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from churn.champion import Office
from churn.cleaning import cleaned_features, mark_missing
from churn.customers import read_table, write_table
from churn.errors import InputError
from churn.features import identifiers
from churn.files import atomic_path, read_json
from churn.persistence import load_model
from churn.prediction import predict
from churn.raw_table import read_raw
from churn.reasons import shapley_values, top_reasons
from churn.validation import check_features

FORMATS = (".csv", ".parquet")


def score_customers(customers: str, scores: str, folder: str) -> int:
    """Score the customers of a table.

    Parameters
    ----------
    customers : str
        CSV or Parquet file with the columns that the champion was trained on. A label is not
        needed; further columns are left alone.
    scores : str
        Where the scores go: a CSV or Parquet file, written whole or not at all.
    folder : str
        The champion in office, as the workflow leaves it.

    Returns
    -------
    int
        Number of customers scored.

    Raises
    ------
    InputError
        If there is no champion, or the table does not fit it; with a line for every fault.
    """
    _check_paths(Path(customers), Path(scores))
    settings = scoring_settings(Path(folder))
    ids, features = read_customers(customers, settings)
    table = score(ids, features, Path(folder), settings)
    if Path(scores).suffix == ".parquet":
        write_table(scores, table)
    else:
        with atomic_path(scores) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    return len(table)


def _check_paths(customers: Path, scores: Path) -> None:
    problems = [
        f"{path}: {what} must be a .csv or a .parquet file"
        for path, what in ((customers, "the customers"), (scores, "the scores"))
        if path.suffix not in FORMATS
    ]
    if not customers.is_file():
        problems.append(f"{customers}: there is no such file")
    elif scores.exists() and scores.samefile(customers):
        problems.append(f"{scores}: the scores would overwrite the customers")
    if problems:
        raise InputError(problems)


def scoring_settings(folder: Path) -> dict[str, Any]:
    """Read what `churn.champion.Office.equip` has kept beside a champion."""
    if not (folder / "record.json").is_file():
        raise InputError(
            f"{folder}: no champion is in office there; the workflow names one that passes its "
            "gates"
        )
    if not (folder / "scoring.json").is_file():
        raise InputError(
            f"{folder}/scoring.json is missing: this champion was named by an earlier version; "
            "run the workflow again"
        )
    settings: dict[str, Any] = read_json(folder / "scoring.json")
    return settings


def read_customers(path: str, settings: Mapping[str, Any]) -> tuple[pd.Series, pd.DataFrame]:
    """Read, check and clean a table of customers without labels.

    Parameters
    ----------
    path : str
        CSV or Parquet file.
    settings : mapping
        As from `scoring_settings`.

    Returns
    -------
    ids : Series of shape (n_rows,)
        Numbers of the rows, from 1, if the champion knows of no id column.
    features : DataFrame of shape (n_rows, n_features)

    Raises
    ------
    InputError
        With a line for every fault of the table.
    """
    raw, problems = read_raw(path, settings["delimiter"])
    table = mark_missing(raw, settings["missing_values"])
    roles = (settings["numeric"], settings["categorical"])
    problems += [f"{path}: {fault}" for fault in check_features(table, *roles, settings["id"])]
    if problems:
        raise InputError(problems)
    table = table.reset_index(drop=True)
    features = pd.concat(cleaned_features(table, *roles), axis=1)
    return identifiers(table, settings["id"]), features


def score(
    ids: pd.Series, features: pd.DataFrame, folder: Path, settings: Mapping[str, Any]
) -> pd.DataFrame:
    """Predict customers with a champion.

    Parameters
    ----------
    ids : Series of shape (n_rows,)
    features : DataFrame of shape (n_rows, n_features)
    folder : Path
        The champion in office.
    settings : mapping
        As from `scoring_settings`.

    Returns
    -------
    DataFrame of shape (n_rows, 3 + n_reasons)
        The id, the ``probability`` of churn, whether it reaches the champion's threshold
        (``predicted``, 1 or 0), and the reasons, ``reason_1`` being the strongest: see
        `churn.reasons`.
    """
    office = Office(folder)
    model = load_model(folder / "model.skops")
    probability = predict(model, features)
    columns = {
        str(ids.name): ids,
        "probability": probability,
        "predicted": (probability >= office.threshold).astype("int8"),
    }
    if settings["reasons"]:
        background = read_table(folder / "background.parquet")[list(features.columns)]
        values = shapley_values(model, features, background, settings["seed"])
        reasons = top_reasons(features, values, settings["reasons"])
        for number, texts in enumerate(zip(*reasons, strict=True), start=1):
            columns[f"reason_{number}"] = list(texts)
    return pd.DataFrame(columns)
