"""Metrics of a binary classifier, under the names used everywhere in the results."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

Labels = NDArray[np.int8]
Probabilities = NDArray[np.float64]

CALIBRATION_BINS = 10
LIFT_SHARE = 0.1


def calibration_error(target: Labels, probability: Probabilities) -> float:
    """Compute the expected calibration error.

    The customers are cut into ten bins of equal size by probability; the error is the mean over
    customers of the distance between the mean probability and the churn rate of their bin
    (Naeini, Cooper and Hauskrecht, 2015, with bins of equal frequency as in Nguyen and O'Connor,
    2015). Customers of equal probability share a bin, the one in which the first of them falls.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1.
    probability : ndarray of shape (n_rows,)
        Predicted probability of label 1.

    Returns
    -------
    float
        Between 0 and 1. Noise alone makes it positive: about 0.02 for a perfect model of 1,400
        customers, and 0.1 of 100 customers.
    """
    lower = np.searchsorted(np.sort(probability), probability)
    bins = CALIBRATION_BINS * lower // len(probability)
    excess = np.bincount(bins, weights=target - probability)
    return float(np.abs(excess).sum() / len(probability))


def lift_at_10(target: Labels, probability: Probabilities) -> float:
    """Compute how much denser churners are in the top tenth than among all customers.

    Of customers with equal probability at the edge of the tenth, as many as fit are taken at the
    churn rate of all of them, which is the expected value of taking them at random; where a
    tenth is no whole number, the last customer counts in part.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1; 1 has to occur.
    probability : ndarray of shape (n_rows,)
        Predicted probability of label 1.

    Returns
    -------
    float
        Precision among the tenth of the customers with the highest probability, divided by the
        churn rate: 1 for a random order, at most 10.
    """
    wanted = LIFT_SHARE * len(target)
    last = len(target) - int(np.ceil(wanted))
    edge = np.partition(probability, last)[last]
    above, at_edge = probability > edge, probability == edge
    caught = target[above].sum() + (wanted - above.sum()) * target[at_edge].mean()
    return float(caught / wanted / target.mean())


OF_PROBABILITIES: dict[str, Callable[[Labels, Probabilities], float]] = {
    "roc_auc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "log_loss": metrics.log_loss,
    "brier": metrics.brier_score_loss,
    "calibration_error": calibration_error,
    "lift_at_10": lift_at_10,
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
        ``roc_auc``, ``average_precision``, ``log_loss``, ``brier``, ``calibration_error``,
        ``lift_at_10``.
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
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        target, predicted, average="binary", zero_division=0
    )
    return {
        "accuracy": float(metrics.accuracy_score(target, predicted)),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "mcc": float(metrics.matthews_corrcoef(target, predicted)),
    }
