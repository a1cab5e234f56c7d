"""How much a model owes to each column: permutation importance with intervals."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata
from sklearn.pipeline import Pipeline

from churn.perturbation import Columns, predict_columns, predict_replaced

Labels = NDArray[np.int8]
Numbers = NDArray[np.float64]


def permutation_importance(
    model: Pipeline,
    columns: Columns,
    target: Labels,
    permutations: NDArray[np.int64],
    confidence: float,
) -> list[dict[str, Any]]:
    """Compute by how much the ROC-AUC falls when a column's values are dealt out anew.

    The importance (Breiman, 2001; Fisher, Rudin and Dominici, 2019) is the mean over the
    permutations. Its interval is about how it would come out with other customers of the same
    kind and other permutations, the model being what it is. Each customer contributes to the
    fall by the place of the own prediction among those of the other class, with and without
    permutation; the variance of the mean follows from these contributions as that of a difference
    of AUCs does (DeLong, DeLong and Clarke-Pearson, 1988), and since each customer's permuted
    values are part of the contribution, it holds the chance of the permutations too. Of a column
    that says nothing the expected importance is exactly zero, even if the model uses it.

    It tells what the model relies on, not what makes customers churn; columns that say the same
    share their importance or take it from each other.

    Parameters
    ----------
    model : Pipeline
        A fitted model.
    columns : mapping of str to ndarray of shape (n_rows,)
        Customers that the model has not learned from, as from `churn.perturbation.columns_of`.
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1; both have to occur.
    permutations : ndarray of int of shape (n_repeats, n_rows)
        Whose value each customer gets, the same for every column.
    confidence : float
        Of the intervals, between 0 and 1.

    Returns
    -------
    list of dict
        ``column``, ``mean``, ``low`` and ``high`` of each column, the largest mean first; equals
        in the order of the table.
    """
    probability = predict_columns(model, columns)
    before = contributions(target, probability[None])[0]
    found = []
    for name, values in columns.items():
        permuted = predict_replaced(model, columns, probability, name, values[permutations])
        fall = before - contributions(target, permuted).mean(axis=0)
        found.append({"column": name, **_mean_with_interval(target, fall, confidence)})
    return sorted(found, key=lambda entry: -entry["mean"])


def contributions(target: Labels, probability: Numbers) -> Numbers:
    """Give for each customer the share of the other class that is ranked on the right side.

    These are the structural components of DeLong, DeLong and Clarke-Pearson (1988); their mean
    over either class is the ROC-AUC. A tie counts half.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1; both have to occur.
    probability : ndarray of shape (n_times, n_rows)

    Returns
    -------
    ndarray of shape (n_times, n_rows)
    """
    churned = target == 1
    rank = rankdata(probability, axis=1)
    share = np.empty_like(rank)
    for own, others in ((churned, (~churned).sum()), (~churned, churned.sum())):
        share[:, own] = (rank[:, own] - rankdata(probability[:, own], axis=1)) / others
    share[:, ~churned] = 1 - share[:, ~churned]
    return share


def _mean_with_interval(target: Labels, fall: Numbers, confidence: float) -> dict[str, float]:
    classes = [fall[target == 1], fall[target == 0]]
    mean = float(classes[0].mean())
    # Nothing is known of the spread of a class of one.
    variance = sum(part.var(ddof=1) / len(part) if len(part) > 1 else np.inf for part in classes)
    half = float(ndtri((1 + confidence) / 2) * np.sqrt(variance))
    return {"mean": mean, "low": max(-1.0, mean - half), "high": min(1.0, mean + half)}
