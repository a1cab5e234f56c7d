"""Train a model: cross-validate it on the training set, then fit it on all of it."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from churn.customers import Customers, write_table
from churn.errors import InputError
from churn.estimators import build_estimator, without_threads
from churn.files import write_json, write_yaml
from churn.metrics import probability_metrics
from churn.persistence import save_model
from churn.prediction import predict
from churn.preprocessing import build_pipeline
from churn.splitting import fold_of_rows, identical_rows

logger = logging.getLogger(__name__)

Settings = Mapping[str, Any]


def train_model(
    name: str,
    train_set: str,
    outputs: Mapping[str, str],
    *,
    model: Settings,
    training: Settings,
    seed: int,
    threads: int,
) -> None:
    """Cross-validate and fit one model.

    Parameters
    ----------
    name : str
        The model's name.
    train_set : str
        The training set.
    outputs : mapping
        Where the ``model`` (skops), its ``metrics`` (JSON), its ``out_of_fold`` predictions
        (Parquet) and its ``config`` (YAML) go.
    model, training, seed, threads
        As for `train`.
    """
    customers = Customers.read(train_set)
    pipeline, scores, out_of_fold = train(customers, model, training, seed=seed, threads=threads)
    save_model(pipeline, outputs["model"])
    write_json(outputs["metrics"], {"model": name, **scores})
    write_table(outputs["out_of_fold"], out_of_fold)
    write_yaml(outputs["config"], {"model": model, "training": training, "seed": seed})


def train(
    customers: Customers, model: Settings, training: Settings, *, seed: int, threads: int
) -> tuple[Pipeline, dict[str, Any], pd.DataFrame]:
    """Cross-validate and fit a configured model.

    Parameters
    ----------
    customers : Customers
        The training set.
    model : mapping
        ``estimator``, ``params`` and ``preprocessing`` of the model's config.
    training : mapping
        The training section of the config.
    seed : int
        Seed of the folds and of the classifier.
    threads : int
        Threads that fitting may use; the result does not depend on it.

    Returns
    -------
    pipeline : Pipeline
        Fitted on all of `customers`, set to predict in one thread.
    scores : dict
        ``metrics``: for each metric the ``mean``, standard deviation (``std``) and value of each
        of the ``folds``.
    out_of_fold : DataFrame of shape (n_rows, 4)
        The id, ``fold``, ``target`` and out-of-fold ``probability`` of every customer.
    """
    # Linear algebra in more threads adds in another order and would change the last digits.
    with threadpool_limits(1, user_api="blas"):
        pipeline = _pipeline(customers, model, seed, threads)
        folds = training["cross_validation"]["folds"]
        fold, probability = _cross_validate(pipeline, customers, folds, seed)
        fitted = _fit(pipeline, customers.features, customers.target)
    scores = _scores(customers.target, fold, probability)
    logger.info("cross-validated ROC-AUC %.4f", scores["metrics"]["roc_auc"]["mean"])
    return fitted, scores, _out_of_fold(customers, fold, probability)


def _pipeline(customers: Customers, model: Settings, seed: int, threads: int) -> Pipeline:
    classifier = build_estimator(model["estimator"], model["params"], seed=seed, threads=threads)
    return build_pipeline(
        classifier,
        list(customers.numeric.columns),
        list(customers.categorical.columns),
        model["preprocessing"],
    )


def _fit(pipeline: Pipeline, features: pd.DataFrame, target: NDArray[np.int8]) -> Pipeline:
    try:
        fitted = clone(pipeline).fit(features, target)
    except ValueError as error:
        name = type(pipeline[-1]).__name__
        raise InputError(f"{name} cannot be fitted to this table: {error}") from error
    return without_threads(fitted)


def _cross_validate(
    pipeline: Pipeline, customers: Customers, folds: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    features, target = customers.features, customers.target
    fold = fold_of_rows(target, identical_rows(features), folds, seed)
    probability = np.empty(len(target))
    for number in range(folds):
        held_out = fold == number
        fitted = _fit(pipeline, features[~held_out], target[~held_out])
        probability[held_out] = predict(fitted, features[held_out])
        logger.debug("fold %d of %d done", number + 1, folds)
    return fold, probability


def _scores(
    target: NDArray[np.int8], fold: NDArray[np.int64], probability: NDArray[np.float64]
) -> dict[str, Any]:
    by_fold = pd.DataFrame(
        [
            probability_metrics(target[fold == number], probability[fold == number])
            for number in np.unique(fold)
        ]
    )
    summary = {
        name: {"mean": values.mean(), "std": values.std(ddof=1), "folds": values.tolist()}
        for name, values in by_fold.items()
    }
    return {"rows": len(target), "churn_rate": float(target.mean()), "metrics": summary}


def _out_of_fold(
    customers: Customers, fold: NDArray[np.int64], probability: NDArray[np.float64]
) -> pd.DataFrame:
    columns = {
        str(customers.ids.name): customers.ids,
        "fold": fold,
        "target": customers.target,
        "probability": probability,
    }
    return pd.DataFrame(columns)
