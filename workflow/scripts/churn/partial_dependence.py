"""How the mean prediction changes with one column: partial dependence with intervals."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.pipeline import Pipeline

from churn.perturbation import Columns, predict_columns, predict_replaced

MOST_POINTS = 20


def partial_dependence(
    model: Pipeline, columns: Columns, name: str, confidence: float
) -> dict[str, Any]:
    """Compute the mean prediction if all customers had the same value in one column.

    Friedman (2001), section 8.2. The interval is about how the mean would come out with other
    customers of the same kind, the model being what it is; it says nothing of how much single
    customers differ. Where columns go together, some of the customers so made cannot exist.

    Parameters
    ----------
    model : Pipeline
        A fitted model.
    columns : mapping of str to ndarray of shape (n_rows,)
        Customers, at least one of whom has a value in the column, as from
        `churn.perturbation.columns_of`.
    name : str
        The column.
    confidence : float
        Of the intervals, between 0 and 1.

    Returns
    -------
    dict
        ``column``, its ``kind`` (``numeric`` or ``categorical``), the values of the ``grid`` and
        for each of them the ``average``, ``low`` and ``high``. See `grid_of`.
    """
    grid = grid_of(columns[name])
    rows = len(columns[name])
    values = np.repeat(grid[:, None], rows, axis=1)
    predicted = predict_replaced(model, columns, predict_columns(model, columns), name, values)
    average = predicted.mean(axis=1)
    # Nothing is known of the spread of one customer.
    error = predicted.std(axis=1, ddof=1) / np.sqrt(rows) if rows > 1 else np.ones(len(grid))
    half = ndtri((1 + confidence) / 2) * error
    return {
        "column": name,
        "kind": "numeric" if grid.dtype.kind == "f" else "categorical",
        "grid": grid.tolist(),
        "average": average.tolist(),
        "low": np.maximum(average - half, 0).tolist(),
        "high": np.minimum(average + half, 1).tolist(),
    }


def grid_of(values: NDArray) -> NDArray:
    """Choose the values at which a column is looked at.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Numbers or texts, NaN where there is none.

    Returns
    -------
    ndarray of shape (n_points,)
        Sorted. Of numbers at most 20 quantiles, evenly spaced from the least to the largest, all
        of them values that occur; of texts the 20 most frequent ones.
    """
    present = values[~pd.isna(values)]
    if values.dtype.kind == "f":
        shares = np.linspace(0, 1, MOST_POINTS)
        return np.unique(np.quantile(present, shares, method="nearest"))
    categories, counts = np.unique(present, return_counts=True)
    return np.sort(categories[np.argsort(-counts, kind="stable")[:MOST_POINTS]])
