"""The points of the usual curves of a binary classifier."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.metrics import precision_recall_curve, roc_curve

Labels = NDArray[np.int8]
Numbers = NDArray[np.float64]

MOST_POINTS = 200
BINS = 10
DISTRIBUTION_BINS = 40


def curves(target: Labels, probability: Numbers, confidence: float) -> dict[str, Any]:
    """Compute the points of all curves.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1; both have to occur.
    probability : ndarray of shape (n_rows,)
        Predicted probability of label 1.
    confidence : float
        Of the intervals of the calibration curve.

    Returns
    -------
    dict
        ``roc``, ``precision_recall``, ``gain`` and ``lift`` of at most 200 points each,
        ``calibration`` by tenths of the customers, and the ``distribution`` of the probabilities.
    """
    false_positive_rate, true_positive_rate, _ = roc_curve(target, probability)
    precision, recall, _ = precision_recall_curve(target, probability)
    contacted, captured = _gain(target, probability)
    return {
        "roc": thinned(
            false_positive_rate=false_positive_rate, true_positive_rate=true_positive_rate
        ),
        "precision_recall": thinned(recall=recall[::-1], precision=precision[::-1]),
        "calibration": _calibration(target, probability, confidence),
        "gain": thinned(contacted=contacted, captured=captured),
        "lift": thinned(contacted=contacted[1:], lift=captured[1:] / contacted[1:]),
        "distribution": _distribution(target, probability),
    }


def thinned(**axes: Numbers) -> dict[str, list[float]]:
    """Keep at most 200 evenly spaced points of a curve, the ends among them."""
    length = len(next(iter(axes.values())))
    kept = np.unique(np.linspace(0, length - 1, min(length, MOST_POINTS)).round().astype(int))
    return {name: values[kept].tolist() for name, values in axes.items()}


def _gain(target: Labels, probability: Numbers) -> tuple[Numbers, Numbers]:
    """Give the share of churners among the share of customers contacted, likeliest first."""
    order = np.argsort(-probability, kind="stable")
    # Customers of the same probability are contacted together.
    ends = np.append(np.flatnonzero(np.diff(probability[order])), len(target) - 1)
    captured = np.cumsum(target[order], dtype=np.float64)[ends] / target.sum()
    return np.append(0, (ends + 1) / len(target)), np.append(0, captured)


def _calibration(target: Labels, probability: Numbers, confidence: float) -> dict[str, list]:
    """Compare tenths of the customers, by probability, with their churn rate.

    The intervals are Wilson's (1927).
    """
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, BINS + 1)))
    part = np.searchsorted(edges[1:-1], probability, side="right")
    rows = np.bincount(part)
    filled = rows > 0
    rows = rows[filled]
    predicted = np.bincount(part, probability)[filled] / rows
    observed = np.bincount(part, target)[filled] / rows
    z = ndtri((1 + confidence) / 2)
    centre = (observed + z**2 / (2 * rows)) / (1 + z**2 / rows)
    spread = observed * (1 - observed) / rows + z**2 / (4 * rows**2)
    half = z / (1 + z**2 / rows) * np.sqrt(spread)
    return {
        "predicted": predicted.tolist(),
        "observed": observed.tolist(),
        "low": (centre - half).tolist(),
        "high": (centre + half).tolist(),
        "rows": rows.tolist(),
    }


def _distribution(target: Labels, probability: Numbers) -> dict[str, list[float]]:
    edges = np.linspace(0, 1, DISTRIBUTION_BINS + 1)
    stayed, churned = (
        np.histogram(probability[target == label], edges)[0] / (target == label).sum()
        for label in (0, 1)
    )
    return {
        "probability": ((edges[:-1] + edges[1:]) / 2).tolist(),
        "stayed": stayed.tolist(),
        "churned": churned.tolist(),
    }
