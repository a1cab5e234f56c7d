"""Why a model gives a customer this probability: Shapley values, and the top ones in words."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from churn.perturbation import AT_ONCE, Columns, columns_of, predict_columns

Numbers = NDArray[np.float64]

# Smaller effects are errors of rounding.
LEAST = 1e-9


def shapley_values(
    model: Pipeline, features: pd.DataFrame, background: pd.DataFrame, seed: int
) -> Numbers:
    """Share out the distance of each prediction from the usual one among the columns.

    The Shapley values of Strumbelj and Kononenko (2014), by their sampling: a background customer
    is turned into the customer in question, one column after the other in a random order, and
    each column is credited with the change of the predicted probability at its turn. The result
    is the mean over the background customers. Of two background customers who follow each other,
    the second takes the columns in the opposite order, which makes the mean more exact (Mitchell,
    Cooper, Frank and Holmes, 2022).

    For every customer the values add up to the own prediction minus the mean prediction for the
    background. They hold for any model, but they explain its prediction, not what makes the
    customer churn; and where columns go together, customers in between may be such as do not
    exist. With few background customers a value is an estimate, whose error falls with the square
    root of their number; a model that only adds up effects of single columns has none but that of
    the background itself. For logistic regression on the generated customers, 20 background
    customers named the same first reason as 600 did for 79 % of 150 customers. All customers meet
    the same background in the same orders, so what is found for one does not depend on who else
    is asked about.

    Parameters
    ----------
    model : Pipeline
        A fitted model.
    features : DataFrame of shape (n_rows, n_features)
        The customers in question.
    background : DataFrame of shape (n_background, n_features)
        Usual customers, with the same columns; in their order.
    seed : int
        Seed of the orders.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
    """
    names = list(background.columns)
    usual = columns_of(background)
    start = predict_columns(model, usual)
    step = max(1, AT_ONCE // len(names))
    parts = []
    for first in range(0, len(features), step):
        columns = columns_of(features[names].iloc[first : first + step])
        end = predict_columns(model, columns)
        total = np.zeros((len(names), len(end)))
        for number, order in enumerate(_orders(len(names), len(background), seed)):
            other = {name: values[number] for name, values in usual.items()}
            path = _path(model, columns, other, order, start[number], end)
            total[order] += np.diff(path, axis=0)
        parts.append(total.T / len(background))
    return np.concatenate(parts)


def _orders(columns: int, number: int, seed: int) -> Iterator[NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    order = np.arange(columns)
    for turn in range(number):
        order = order[::-1] if turn % 2 else rng.permutation(columns)
        yield order


def _path(
    model: Pipeline,
    columns: Columns,
    other: dict[str, Any],
    order: NDArray[np.int64],
    start: float,
    end: Numbers,
) -> Numbers:
    """Predict all customers between the `other` one and each of those in question.

    Returns
    -------
    ndarray of shape (n_columns + 1, n_rows)
        After each column's turn, and before the first one.
    """
    names = list(columns)
    turn_of = np.argsort(order)
    changes = np.array(
        [columns[names[column]] != other[names[column]] for column in order[:-1]], dtype=bool
    ).reshape(-1, len(end))
    turn, row = np.nonzero(changes)
    between = {
        name: np.where(turn_of[column] <= turn, values[row], other[name])
        for column, (name, values) in enumerate(columns.items())
    }
    path = np.empty((len(names) + 1, len(end)))
    path[0], path[-1] = start, end
    path[1 + turn, row] = predict_columns(model, between)
    for number, changed in enumerate(changes, start=1):
        # The same value in both: nothing to predict anew.
        path[number, ~changed] = path[number - 1, ~changed]
    return path


def top_reasons(features: pd.DataFrame, values: Numbers, number: int) -> list[list[str]]:
    """Put the columns that count most for each customer into words.

    Parameters
    ----------
    features : DataFrame of shape (n_rows, n_features)
    values : ndarray of shape (n_rows, n_features)
        As from `shapley_values`, of the same columns.
    number : int
        Reasons wanted.

    Returns
    -------
    list of list of str
        For each customer `number` texts, the strongest first; blank where no column is left that
        has any effect.
    """
    # Rounded, so that columns of equal effect stand in the order of the table.
    strength = np.abs(values).round(9)
    top = np.argsort(-strength, axis=1, kind="stable")[:, :number]
    columns = list(columns_of(features).items())
    reasons = []
    for row, chosen in enumerate(top):
        texts = [
            _text(columns[column][0], columns[column][1][row], values[row, column])
            for column in chosen
        ]
        reasons.append(texts + [""] * (number - len(texts)))
    return reasons


def _text(name: str, value: Any, effect: float) -> str:
    if abs(effect) < LEAST:
        return ""
    shown = f"{value:.10g}" if isinstance(value, float) else value
    shown = "(missing)" if pd.isna(value) else shown
    return f"{name}={shown} {'raises' if effect > 0 else 'lowers'} the risk"
