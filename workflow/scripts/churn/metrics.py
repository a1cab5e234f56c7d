"""Metrics of a binary classifier, under the names used everywhere in the results."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

Labels = NDArray[np.int8]
Probabilities = NDArray[np.float64]

OF_PROBABILITIES: dict[str, Callable[[Labels, Probabilities], float]] = {
    "roc_auc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "log_loss": metrics.log_loss,
    "brier": metrics.brier_score_loss,
}


def probability_metrics(target: Labels, probability: Probabilities) -> dict[str, float]:
    """Compute the metrics that need no threshold.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1; both have to occur.
    probability : ndarray of shape (n_rows,)
        Predicted probability of label 1.

    Returns
    -------
    dict of str to float
        ``roc_auc``, ``average_precision``, ``log_loss``, ``brier``.
    """
    return {name: float(score(target, probability)) for name, score in OF_PROBABILITIES.items()}


def confusion_matrix(target: Labels, predicted: Labels) -> dict[str, int]:
    """Count true and false negatives and positives."""
    counts = np.bincount(2 * target.astype(np.int64) + predicted, minlength=4)
    names = ("true_negatives", "false_positives", "false_negatives", "true_positives")
    return dict(zip(names, counts.tolist(), strict=True))


def decision_metrics(target: Labels, predicted: Labels) -> dict[str, float]:
    """Compute the metrics of yes-or-no decisions.

    Parameters
    ----------
    target, predicted : ndarray of shape (n_rows,)
        Labels, 0 or 1.

    Returns
    -------
    dict of str to float
        ``accuracy``, ``precision``, ``recall``, ``f1``, ``mcc``; 0 where a metric is undefined
        because nobody is predicted to churn.
    """
    return {
        "accuracy": float(metrics.accuracy_score(target, predicted)),
        "precision": float(metrics.precision_score(target, predicted, zero_division=0)),
        "recall": float(metrics.recall_score(target, predicted, zero_division=0)),
        "f1": float(metrics.f1_score(target, predicted, zero_division=0)),
        "mcc": float(metrics.matthews_corrcoef(target, predicted)),
    }
