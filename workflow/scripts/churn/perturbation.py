"""Predict customers of whom some values are replaced: what every explanation is made of.

Any model can be explained so, and by the columns of the customers, not by encoded ones.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from churn.prediction import predict

Columns = Mapping[str, NDArray]

# Customers predicted at a time: few calls, and little memory.
AT_ONCE = 200_000


def columns_of(features: pd.DataFrame) -> dict[str, NDArray]:
    """Give features as one array a column: float64, or objects, which are encoded fastest."""
    return {
        str(name): values.to_numpy(np.float64 if values.dtype.kind == "f" else object)
        for name, values in features.items()
    }


def predict_columns(model: Pipeline, columns: Columns) -> NDArray[np.float64]:
    """Predict customers, who may be none.

    Parameters
    ----------
    model : Pipeline
        A fitted model.
    columns : mapping of str to ndarray of shape (n_rows,)
        As from `columns_of`.

    Returns
    -------
    ndarray of shape (n_rows,)
    """
    if len(next(iter(columns.values()))) == 0:
        return np.empty(0)
    series = {name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()}
    return predict(model, pd.DataFrame(series))


def predict_replaced(
    model: Pipeline,
    columns: Columns,
    probability: NDArray[np.float64],
    name: str,
    values: NDArray,
) -> NDArray[np.float64]:
    """Predict customers some times over, each time with other values in one column.

    Parameters
    ----------
    model : Pipeline
        A fitted model.
    columns : mapping of str to ndarray of shape (n_rows,)
        As from `columns_of`.
    probability : ndarray of shape (n_rows,)
        The predictions for the customers as they are, used where the value stays the same.
    name : str
        The column.
    values : ndarray of shape (n_times, n_rows)
        What stands in it instead.

    Returns
    -------
    ndarray of shape (n_times, n_rows)
    """
    predicted = np.tile(probability, (len(values), 1))
    step = max(1, AT_ONCE // len(probability))
    for start in range(0, len(values), step):
        part = values[start : start + step]
        time, row = np.nonzero(part != columns[name])
        replaced = {other: old[row] for other, old in columns.items()} | {name: part[time, row]}
        predicted[start + time, row] = predict_columns(model, replaced)
    return predicted
