"""Which models can be told apart by their scores over the same folds."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

Numbers = NDArray[np.float64]

# Beyond so many models each is compared with the best alone, so that a sweep stays cheap.
MOST_FOR_ALL_PAIRS = 20


def pairs_to_compare(ranked: Sequence[str]) -> list[tuple[str, str]]:
    """List the pairs of models to compare.

    Parameters
    ----------
    ranked : sequence of str
        Names of models, the best first.

    Returns
    -------
    list of (str, str)
        All pairs, the better one first; of more than 20 models those with the best alone.
    """
    if len(ranked) <= MOST_FOR_ALL_PAIRS:
        return list(combinations(ranked, 2))
    return [(ranked[0], other) for other in ranked[1:]]


def compare_folds(
    scores: Mapping[str, Sequence[float]],
    pairs: Sequence[tuple[str, str]],
    *,
    folds: int,
    confidence: float,
) -> list[dict[str, float]]:
    """Compare models by their scores over the same folds.

    Parameters
    ----------
    scores : mapping of str to sequence of float
        Each model's score in every fold of every repeat, in the same order.
    pairs : sequence of (str, str)
        Names of the models to compare.
    folds : int
        Folds of one repeat.
    confidence : float
        Of the intervals, between 0 and 1.

    Returns
    -------
    list of dict
        For each pair what `corrected_t_test` gives, and ``p_holm``, corrected for the number of
        pairs.
    """
    ratio = 1 / (folds - 1)
    tests = [
        corrected_t_test(np.subtract(scores[first], scores[second]), ratio, confidence)
        for first, second in pairs
    ]
    corrected = holm([test["p"] for test in tests])
    return [test | {"p_holm": p} for test, p in zip(tests, corrected, strict=True)]


def corrected_t_test(differences: Numbers, ratio: float, confidence: float) -> dict[str, float]:
    """Test whether the mean of differences over resampled folds is zero.

    The folds share training customers, so the variance of their mean is taken as
    ``(1 / n + ratio)`` times that of a difference instead of ``1 / n`` times (Nadeau and Bengio,
    2003, "Inference for the generalization error", section 5).

    Parameters
    ----------
    differences : ndarray of shape (n_scores,)
        First model's score minus second model's, at least two.
    ratio : float
        Customers tested on divided by customers trained on, in one fold.
    confidence : float
        Of the interval, between 0 and 1.

    Returns
    -------
    dict
        Mean ``difference``, its interval from ``low`` to ``high``, and two-sided ``p``.
    """
    freedom = len(differences) - 1
    mean = float(differences.mean())
    error = float(np.sqrt((1 / len(differences) + ratio) * differences.var(ddof=1)))
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    # Scores that always differ by the same have no noise to hide behind.
    certain = 1.0 if mean == 0 else 0.0
    p = 2 * float(stdtr(freedom, -abs(mean) / error)) if error > 0 else certain
    return {"difference": mean, "low": mean - half, "high": mean + half, "p": p}


def holm(p: Sequence[float]) -> list[float]:
    """Correct p-values for their number, step by step from the smallest (Holm, 1979).

    Parameters
    ----------
    p : sequence of float

    Returns
    -------
    list of float
        In the same order, none below its original.
    """
    if not p:
        return []
    order = np.argsort(p, kind="stable")
    raised = np.asarray(p, dtype=np.float64)[order] * np.arange(len(p), 0, -1)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1, np.maximum.accumulate(raised))
    return [float(value) for value in corrected]


def join_tests(
    pairs: Sequence[tuple[str, str]],
    folds: Sequence[Mapping[str, float]],
    holdout: Sequence[Mapping[str, float]],
    alpha: float,
) -> list[dict[str, Any]]:
    """Put the tests of each pair together.

    Parameters
    ----------
    pairs : sequence of (str, str)
    folds, holdout : sequence of mapping
        For each pair, the comparison over the folds and that on the test set.
    alpha : float
        Models are distinguishable if ``p_holm`` over the folds is below it.

    Returns
    -------
    list of dict
        ``first``, ``second``, ``cross_validation``, ``holdout``, ``distinguishable``.
    """
    return [
        {
            "first": first,
            "second": second,
            "cross_validation": dict(over_folds),
            "holdout": dict(on_test),
            "distinguishable": over_folds["p_holm"] < alpha,
        }
        for (first, second), over_folds, on_test in zip(pairs, folds, holdout, strict=True)
    ]
