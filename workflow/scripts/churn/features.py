"""From a raw table to checked, cleaned customers; nothing here is fitted to the data."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from churn.cleaning import as_text, cleaned_features, mark_missing
from churn.customers import Customers
from churn.errors import InputError
from churn.files import write_json
from churn.profiling import describe
from churn.raw_table import read_raw
from churn.roles import Roles, resolve_roles
from churn.splitting import identical_rows, test_rows
from churn.validation import check_table

logger = logging.getLogger(__name__)

ROW = "row"


def process_features(
    raw: str,
    train: str,
    test: str,
    profile: str,
    *,
    data: Mapping[str, Any],
    features: Mapping[str, Any],
    seed: int,
) -> None:
    """Check and clean a raw table, describe it, and split off the test set.

    Parameters
    ----------
    raw : str
        The raw table.
    train, test, profile : str
        Where training set, test set (Parquet) and profile (JSON) go.
    data, features : mapping
        Sections of the config.
    seed : int
        Seed of the split.
    """
    customers = load_customers(raw, data, features["missing_values"])
    for path, part in zip(
        (train, test), split(customers, features["test_size"], seed), strict=True
    ):
        part.write(path)
    write_json(profile, describe(customers))


def load_customers(
    path: str | Path, data: Mapping[str, Any], missing_values: Sequence[str]
) -> Customers:
    """Read, check and clean a raw table.

    Parameters
    ----------
    path : str or Path
        CSV or Parquet file.
    data : mapping
        Column roles and delimiter.
    missing_values : sequence of str
        Texts that mean a missing value, beside blank ones.

    Returns
    -------
    Customers
        Without a configured id, customers are identified by their row, from 1.

    Raises
    ------
    InputError
        With a line for every fault of the table.
    """
    raw, problems = read_raw(path, data["delimiter"])
    table = mark_missing(raw, missing_values)
    roles = resolve_roles(table, data)
    problems += [f"{path}: {problem}" for problem in check_table(table, roles)]
    if problems:
        raise InputError(problems)
    return _cleaned(table.reset_index(drop=True), roles)


def split(customers: Customers, test_size: float, seed: int) -> tuple[Customers, Customers]:
    """Split into training and test set, stratified, identical customers on one side.

    Parameters
    ----------
    customers : Customers
    test_size : float
        Share of the customers wanted in the test set.
    seed : int

    Returns
    -------
    train, test : Customers
    """
    groups = identical_rows(customers.features)
    test = test_rows(customers.target, groups, test_size, seed)
    logger.info("%d customers to train on, %d to test on", (~test).sum(), test.sum())
    return customers.take(~test), customers.take(test)


def _cleaned(table: pd.DataFrame, roles: Roles) -> Customers:
    numeric, categorical = cleaned_features(table, roles.numeric, roles.categorical)
    target = as_text(table[roles.target]) == roles.positive_label
    return Customers(
        ids=identifiers(table, roles.id),
        numeric=numeric,
        categorical=categorical,
        target=target.to_numpy().astype(np.int8),
        target_name=roles.target,
    )


def identifiers(table: pd.DataFrame, id_column: str | None) -> pd.Series:
    """Give what identifies each customer: a column, or without one the row's number from 1."""
    if id_column:
        return table[id_column]
    name = ROW
    while name in table:
        name = f"{name}_"
    return pd.Series(np.arange(1, len(table) + 1), index=table.index, name=name)
