"""Train a model: cross-validate it on the training set, then fit it on all of it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from threadpoolctl import threadpool_limits

from churn.calibration import calibrated, classifier_of
from churn.customers import Customers, write_table
from churn.errors import InputError
from churn.estimators import build_estimator, without_generators, without_threads
from churn.files import write_json, write_yaml
from churn.metrics import probability_metrics
from churn.persistence import save_model
from churn.prediction import predict
from churn.preprocessing import build_pipeline, without_idle_limit
from churn.side_by_side import at_once, call_all
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
    # By the process that fits it: saving takes long enough to be done beside the folds.
    keep = partial(save_model, path=outputs["model"])
    _, scores, out_of_fold = train(
        customers, model, training, seed=seed, threads=threads, keep=keep
    )
    write_json(outputs["metrics"], {"model": name, **scores})
    write_table(outputs["out_of_fold"], out_of_fold)
    write_yaml(outputs["config"], {"model": model, "training": training, "seed": seed})


def _itself(model: BaseEstimator) -> BaseEstimator:
    return model


def train(
    customers: Customers,
    model: Settings,
    training: Settings,
    *,
    seed: int,
    threads: int,
    keep: Callable[[BaseEstimator], Any] = _itself,
) -> tuple[Any, dict[str, Any], pd.DataFrame]:
    """Cross-validate and fit a configured model.

    Parameters
    ----------
    customers : Customers
        The training set.
    model : mapping
        ``estimator``, ``params``, ``preprocessing`` and ``calibration`` of the model's config.
    training : mapping
        The training section of the config.
    seed : int
        Seed of the folds and of the classifier.
    threads : int
        Threads that fitting may use, folds and the whole side by side in processes; the result
        does not depend on it.
    keep : callable
        Gets the model fitted on all of `customers`, set to predict in one thread.

    Returns
    -------
    model : BaseEstimator, or what `keep` has made of it
    scores : dict
        ``metrics``: for each metric the ``mean``, standard deviation (``std``) and value of each
        of the ``folds``, repeat after repeat.
    out_of_fold : DataFrame of shape (n_repeats * n_rows, 5)
        The id, ``repeat``, ``fold``, ``target`` and out-of-fold ``probability`` of every customer
        in every repeat.
    """
    folds = training["cross_validation"]["folds"]
    drawn = _draw_folds(customers, training["cross_validation"], seed)
    held_out = [fold == number for fold in drawn for number in range(folds)]
    processes = at_once(threads, len(held_out) + 1)
    features = _quick_to_encode(customers)
    pipeline = _pipeline(customers, model, seed, threads // processes)
    # Linear algebra in more threads adds in another order and would change the last digits.
    with threadpool_limits({"blas": 1, "openmp": threads // processes}):
        kept, *judged = call_all(
            [
                # First, since it takes longest.
                lambda: keep(_fit(pipeline, features, customers.target)),
                *(
                    partial(_judge_held_out, pipeline, features, customers.target, rows)
                    for rows in held_out
                ),
            ],
            processes,
        )
    predicted, by_fold = zip(*judged, strict=True)
    out_of_fold = _tabulate(customers, drawn, held_out, predicted)
    scores = _summarise(customers.target, by_fold)
    logger.info("cross-validated ROC-AUC %.4f", scores["metrics"]["roc_auc"]["mean"])
    return kept, scores, out_of_fold


def _quick_to_encode(customers: Customers) -> pd.DataFrame:
    """Give the features with texts as objects, one for all that are equal.

    The encoders would make objects of each text in each fit, a quarter of a quick fit's time.
    """
    texts = customers.categorical.astype("category").astype(object)
    return pd.concat([customers.numeric, texts], axis=1)


def _pipeline(customers: Customers, model: Settings, seed: int, threads: int) -> BaseEstimator:
    classifier = build_estimator(model["estimator"], model["params"], seed=seed, threads=threads)
    pipeline = build_pipeline(
        classifier,
        list(customers.numeric.columns),
        list(customers.categorical.columns),
        without_idle_limit(model["preprocessing"], customers.categorical),
    )
    return calibrated(pipeline, model["calibration"], seed)


def _fit(
    pipeline: BaseEstimator, features: pd.DataFrame, target: NDArray[np.int8]
) -> BaseEstimator:
    try:
        fitted = clone(pipeline).fit(features, target)
    except ValueError as error:
        name = type(classifier_of(pipeline)).__name__
        raise InputError(f"{name} cannot be fitted to this table: {error}") from error
    return without_generators(without_threads(fitted))


def _draw_folds(customers: Customers, settings: Settings, seed: int) -> list[NDArray[Any]]:
    """Draw the fold of each customer, for each repeat."""
    groups = identical_rows(customers.features)
    return [
        fold_of_rows(customers.target, groups, settings["folds"], seed, repeat)
        for repeat in range(settings["repeats"])
    ]


def _judge_held_out(
    pipeline: BaseEstimator,
    features: pd.DataFrame,
    target: NDArray[np.int8],
    held_out: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], dict[str, float]]:
    """Predict some customers by a model that is fitted to the others, and score that."""
    fitted = _fit(pipeline, features[~held_out], target[~held_out])
    probability = predict(fitted, features[held_out])
    return probability, probability_metrics(target[held_out], probability)


def _tabulate(
    customers: Customers,
    drawn: list[NDArray[Any]],
    held_out: list[NDArray[np.bool_]],
    predicted: Sequence[NDArray[np.float64]],
) -> pd.DataFrame:
    """Put the predictions of all folds, repeat after repeat, into one table."""
    folds = len(held_out) // len(drawn)
    tables = []
    for repeat, fold in enumerate(drawn):
        probability = np.empty(len(customers.target))
        for place in range(repeat * folds, (repeat + 1) * folds):
            probability[held_out[place]] = predicted[place]
        columns = {
            str(customers.ids.name): customers.ids,
            "repeat": repeat,
            "fold": fold,
            "target": customers.target,
            "probability": probability,
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _summarise(target: NDArray[np.int8], by_fold: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Give mean and spread of each metric over the folds."""
    summary = {
        name: {"mean": values.mean(), "std": values.std(ddof=1), "folds": values.tolist()}
        for name, values in pd.DataFrame(by_fold).items()
    }
    return {"rows": len(target), "churn_rate": float(target.mean()), "metrics": summary}
