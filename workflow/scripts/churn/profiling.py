"""Describe a table of customers column by column."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from churn.customers import Customers

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
MOST_CATEGORIES = 30
BINS = 5


def describe(customers: Customers) -> dict[str, Any]:
    """Describe a table.

    Parameters
    ----------
    customers : Customers

    Returns
    -------
    dict
        ``rows``, ``churn_rate`` and ``duplicate_rows`` (rows whose features stand in an earlier
        row too), and under ``columns`` for each feature: type, missing values, distinct values,
        then quantiles and mean of numbers or frequencies of categories, and the churn rate by
        category or by fifths of the numbers.
    """
    target = pd.Series(customers.target, dtype="float64")
    numeric = {name: _numeric(customers.numeric[name], target) for name in customers.numeric}
    categorical = {
        name: _categorical(customers.categorical[name], target) for name in customers.categorical
    }
    return {
        "rows": len(customers),
        "churn_rate": float(target.mean()),
        "duplicate_rows": int(customers.features.duplicated().sum()),
        "columns": {**numeric, **categorical},
    }


def _numeric(values: pd.Series, target: pd.Series) -> dict[str, Any]:
    quantiles = values.quantile(list(QUANTILES))
    return {
        "type": "numeric",
        **_counts(values),
        "mean": _number(values.mean()),
        "quantiles": {f"{level:g}": _number(value) for level, value in quantiles.items()},
        "churn_rate": _rates(_fifths(values), target),
    }


def _fifths(values: pd.Series) -> pd.Series:
    edges = np.unique(values.quantile(np.linspace(0, 1, BINS + 1)).dropna())
    if len(edges) < 2:
        return values.map(lambda value: f"{value:g}", na_action="ignore")
    labels = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return pd.Series(pd.cut(values, edges.tolist(), labels=labels, include_lowest=True))


def _categorical(values: pd.Series, target: pd.Series) -> dict[str, Any]:
    frequencies = values.value_counts()
    # Equally frequent categories are put in a fixed order.
    frequencies = frequencies.sort_index().sort_values(ascending=False, kind="stable")
    shown = frequencies.head(MOST_CATEGORIES)
    return {
        "type": "categorical",
        **_counts(values),
        "frequencies": {str(name): int(count) for name, count in shown.items()},
        "churn_rate": _rates(values.where(values.isin(shown.index)), target),
    }


def _counts(values: pd.Series) -> dict[str, int]:
    return {"missing": int(values.isna().sum()), "distinct": int(values.nunique())}


def _rates(groups: pd.Series, target: pd.Series) -> dict[str, float]:
    rates = target.groupby(groups, sort=False, observed=True).mean()
    return {str(name): float(rate) for name, rate in rates.sort_values(ascending=False).items()}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
