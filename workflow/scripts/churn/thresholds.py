"""Choose the probability from which on a customer is said to churn."""

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]


def best_threshold(
    target: NDArray[np.int8], probability: NDArray[np.float64], metric: str
) -> float:
    """Find the threshold that maximises a metric.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1.
    probability : ndarray of shape (n_rows,)
        Probabilities of label 1 from a model that did not see these rows.
    metric : {'f1', 'mcc', 'youden'}
        ``youden`` is the true minus the false positive rate (Youden, 1950).

    Returns
    -------
    float
        Customers at or above it are predicted to churn. Of equally good ones the highest,
        which troubles the fewest customers.
    """
    order = np.argsort(-probability, kind="stable")
    true_positives = np.cumsum(target[order], dtype=np.float64)
    predicted = np.arange(1, len(target) + 1, dtype=np.float64)
    # A threshold cannot cut between equal probabilities.
    ends = np.append(np.flatnonzero(np.diff(probability[order])), len(target) - 1)
    score = _score(metric, true_positives[ends], predicted[ends], target.sum(), len(target))
    return float(probability[order][ends[np.argmax(score)]])


def _score(
    metric: str, tp: Counts, predicted: Counts, positives: int, total: int
) -> NDArray[np.float64]:
    fp = predicted - tp
    negatives = total - positives
    if metric == "f1":
        f1: Counts = 2 * tp / (predicted + positives)
        return f1
    if metric == "youden":
        youden: Counts = tp / positives - fp / negatives
        return youden
    covariance = tp * total - predicted * positives
    spread = predicted * (total - predicted) * positives * negatives
    mcc: Counts = np.divide(covariance, np.sqrt(spread), out=np.zeros_like(tp), where=spread > 0)
    return mcc
