"""Signs that the test set, or a feature, gives the answer away."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from churn.customers import Customers
from churn.files import write_json
from churn.splitting import identical_rows

Labels = NDArray[np.int8]
Numbers = NDArray[np.float64]

BINS = 20
# Customers of the average churn rate added to every group, so that small ones say little.
PRIOR = 10.0


def check_leakage(train: str, test: str, signals: str) -> None:
    """Look for leaks between the training and the test set.

    Parameters
    ----------
    train, test : str
        The two sets (Parquet).
    signals : str
        Where the result goes (JSON).
    """
    write_json(signals, leak_signals(Customers.read(train), Customers.read(test)))


def leak_signals(train: Customers, test: Customers) -> dict[str, Any]:
    """Look for leaks between the training and the test set.

    Parameters
    ----------
    train, test : Customers

    Returns
    -------
    dict
        ``shared_rows``: customers of the test set with the same features as one of the training
        set. ``single_feature``: for each column the ``roc_auc`` on the test set of the churn rates
        that its values, or twentieths of them, have in the training set; the highest first.
    """
    shared = np.isin(identical_rows(test.features), identical_rows(train.features))
    alone = {str(column): _alone(train, test, str(column)) for column in train.features.columns}
    ranked = sorted(alone, key=lambda column: (-alone[column], column))
    return {
        "shared_rows": int(shared.sum()),
        "single_feature": [{"column": column, "roc_auc": alone[column]} for column in ranked],
    }


def _alone(train: Customers, test: Customers, column: str) -> float:
    known, new = _codes(train, test, column)
    size = int(max(known.max(initial=0), new.max(initial=0))) + 1
    rows = np.bincount(known, minlength=size)
    churned = np.bincount(known, weights=train.target, minlength=size)
    rate = (churned + PRIOR * train.target.mean()) / (rows + PRIOR)
    return float(roc_auc_score(test.target, rate[new]))


def _codes(train: Customers, test: Customers, column: str) -> tuple[NDArray, NDArray]:
    """Turn the values of a column into numbers alike in both sets, a missing value into 0."""
    if column in train.numeric:
        known, new = train.numeric[column], test.numeric[column]
        edges = np.unique(known.dropna().quantile(np.linspace(0, 1, BINS + 1)))
        return tuple(  # type: ignore[return-value]
            np.where(values.isna(), 0, 1 + np.searchsorted(edges, values, side="right"))
            for values in (known, new)
        )
    texts = pd.concat([train.categorical[column], test.categorical[column]])
    codes = pd.factorize(texts)[0] + 1
    return codes[: len(train)], codes[len(train) :]
