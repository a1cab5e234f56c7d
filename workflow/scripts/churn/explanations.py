"""Explain a fitted model: on which columns it relies, and how its predictions go with them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from churn.customers import Customers
from churn.files import write_json
from churn.importance import permutation_importance
from churn.partial_dependence import partial_dependence
from churn.persistence import load_model
from churn.perturbation import columns_of

METRIC = "roc_auc"


def explain_model(
    name: str,
    inputs: Mapping[str, str],
    result: str,
    *,
    explanations: Mapping[str, Any],
    confidence: float,
    seed: int,
) -> None:
    """Explain one model by customers of the test set.

    Parameters
    ----------
    name : str
        The model's name.
    inputs : mapping
        The ``model`` (skops) and the ``test`` set (Parquet).
    result : str
        Where the explanation goes (JSON).
    explanations : mapping
        ``rows``, ``repeats`` and ``top_features`` of the section ``evaluation.explanations``.
    confidence : float
        Of all intervals.
    seed : int
        Seed of the choice of customers and of the permutations.
    """
    test = Customers.read(inputs["test"])
    chosen = test.take(choose_rows(test.target, explanations["rows"], seed))
    explanation = explain(
        load_model(inputs["model"]),
        chosen,
        repeats=explanations["repeats"],
        top_features=explanations["top_features"],
        confidence=confidence,
        seed=seed,
    )
    write_json(result, {"model": name, **explanation})


def explain(
    model: Pipeline,
    customers: Customers,
    *,
    repeats: int,
    top_features: int,
    confidence: float,
    seed: int,
) -> dict[str, Any]:
    """Compute permutation importance and partial dependence.

    Parameters
    ----------
    model : Pipeline
        A fitted model.
    customers : Customers
        Customers that it has not learned from.
    repeats : int
        Permutations of each column.
    top_features : int
        Most important columns whose partial dependence is computed.
    confidence : float
        Of all intervals.
    seed : int
        Seed of the permutations.

    Returns
    -------
    dict
        Number of ``rows`` and ``repeats``, the ``metric`` that falls, ``importance`` as from
        `permutation_importance`, and a list of ``partial_dependence`` as from the function of
        that name; columns without any value have none.
    """
    rng = np.random.default_rng(seed)
    permutations = np.stack([rng.permutation(len(customers)) for _ in range(repeats)])
    columns = columns_of(customers.features)
    importance = permutation_importance(model, columns, customers.target, permutations, confidence)
    top = [entry["column"] for entry in importance[:top_features]]
    return {
        "rows": len(customers),
        "repeats": repeats,
        "metric": METRIC,
        "importance": importance,
        "partial_dependence": [
            partial_dependence(model, columns, column, confidence)
            for column in top
            if not pd.isna(columns[column]).all()
        ],
    }


def choose_rows(target: NDArray[np.int8], most: int, seed: int) -> NDArray[np.bool_]:
    """Choose customers at random, as many of each class as keep its share.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1.
    most : int
        Customers wanted; if there are no more, all are chosen.
    seed : int

    Returns
    -------
    ndarray of bool of shape (n_rows,)
    """
    if len(target) <= most:
        return np.ones(len(target), dtype=bool)
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(target), dtype=bool)
    for label in (0, 1):
        rows = np.flatnonzero(target == label)
        size = min(len(rows), max(2, round(most * len(rows) / len(target))))
        chosen[rng.choice(rows, size, replace=False)] = True
    return chosen
