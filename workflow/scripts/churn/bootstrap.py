"""How far metrics on a test set may be off, and differences of models' metrics, by the bootstrap.

Churners and other customers are resampled apart, so every resample has the churn rate of the test
set and no metric is ever undefined: intervals hold for customers of this churn rate. In large
test sets neighbouring probabilities are drawn as one; what that changes of a metric, in the test
set itself, is taken off its resamples.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from churn.resampled_metrics import (
    OF_RANKINGS,
    Ranking,
    calibration_bins,
    calibration_noise,
    metrics_of,
)

Labels = NDArray[np.int8]
Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]

# Drawn customers held in memory at a time; as many as stay in the processor's cache.
CHUNK = 2**17
CALIBRATION_ERROR = "calibration_error"


def intervals(
    target: Labels,
    probability: Numbers,
    threshold: float,
    *,
    draws: int,
    confidence: float,
    seed: int,
) -> dict[str, dict[str, float]]:
    """Compute all metrics of one model with confidence intervals.

    The intervals are percentiles of the metric over stratified resamples (Efron and Tibshirani,
    1993, chapter 13): with some hundred customers they keep their confidence, and the better
    kinds of interval would need every metric once more without each single customer. Only the
    calibration error needs another, since noise always raises a sum of distances. Its low end is
    the value less what noise adds at most, the sum of the distances between the bins of a
    resample and those of the test set (by the triangle inequality), so that it seldom lies above
    the truth; its high end is the value less the noise of the signed sum.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1; both have to occur.
    probability : ndarray of shape (n_rows,)
        Predicted probability of label 1.
    threshold : float
        Customers at or above it are predicted to churn. It is not chosen anew in the resamples.
    draws : int
        Number of resamples. Time grows with draws times rows, memory with neither of them.
    confidence : float
        Between 0 and 1.
    seed : int

    Returns
    -------
    dict of str to dict
        ``value``, ``low`` and ``high`` of each metric of `churn.metrics`.
    """
    values, drawn = resampled(target, probability, threshold, draws=draws, seed=seed)
    return {name: interval(name, values[name], drawn[name], confidence) for name in values}


def resampled(
    target: Labels,
    probability: Numbers,
    threshold: float,
    *,
    draws: int,
    seed: int,
) -> tuple[dict[str, float], dict[str, Numbers]]:
    """Compute metrics of one model in the test set and in resamples of it.

    Parameters
    ----------
    target, probability, threshold, draws, seed
        As for `intervals`.

    Returns
    -------
    values : dict of str to float
        Each metric of `churn.metrics`.
    drawn : dict of str to ndarray of shape (draws,)
        The same in the resamples; of the calibration error, of shape (2, draws), what noise adds
        to it at most, and what it adds where no bin changes its sign.
    """
    ranking = Ranking.of(target, probability)
    values = metrics_of(ranking.whole(), threshold)
    coarse = ranking.coarsened(threshold)
    whole = coarse.whole()
    shift = {name: values[name] - at for name, at in metrics_of(whole, threshold).items()}
    direct = [name for name in values if name != CALIBRATION_ERROR]
    bins = calibration_bins(whole)
    chunks = []
    for resample in _resamples(target, draws, seed):
        sample = coarse.resample(*resample)
        chunk = metrics_of(sample, threshold, direct)
        chunk = {name: chunk[name] + shift[name] for name in direct}
        chunks.append(chunk | {CALIBRATION_ERROR: calibration_noise(sample, bins)})
    drawn = {name: np.concatenate([chunk[name] for chunk in chunks], axis=-1) for name in values}
    return {name: float(value[0]) for name, value in values.items()}, drawn


def interval(name: str, value: float, drawn: Numbers, confidence: float) -> dict[str, float]:
    """Give the interval of one metric, as explained at `intervals`."""
    if name == CALIBRATION_ERROR:
        most, signed = (_percentiles(noise, confidence) for noise in drawn)
        low, high = max(0.0, value - most[1]), max(value, value - signed[0])
    else:
        low, high = _percentiles(drawn, confidence)
    return {"value": value, "low": low, "high": high}


def paired_differences(
    target: Labels,
    probabilities: Mapping[str, Numbers],
    pairs: Sequence[tuple[str, str]],
    *,
    draws: int,
    confidence: float,
    seed: int,
    metric: str = "roc_auc",
) -> list[dict[str, float]]:
    """Compare models by a metric on the same customers.

    All models are judged on the same resamples, so what makes a resample easy or hard for all of
    them cancels out.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1; both have to occur.
    probabilities : mapping of str to ndarray of shape (n_rows,)
        Each model's predicted probability of label 1. Time grows with draws times rows times
        models, whatever the number of pairs.
    pairs : sequence of (str, str)
        Names of the models to compare.
    draws, confidence, seed
        As for `intervals`.
    metric : str
        One of `OF_RANKINGS`.

    Returns
    -------
    list of dict
        For each pair the ``difference`` of the metric, first minus second, its percentile
        interval from ``low`` to ``high``, and two-sided ``p`` of no difference: twice the share
        of resamples beyond zero (Efron and Tibshirani, 1993, chapter 15), counting the test set
        itself as one of them (Davison and Hinkley, 1997, chapter 4), so never 0.
    """
    compute = OF_RANKINGS[metric]
    names = sorted({name for pair in pairs for name in pair})
    rankings = {name: Ranking.of(target, probabilities[name]) for name in names}
    values = {name: compute(rankings[name].whole())[0] for name in names}
    coarse = {name: rankings[name].coarsened() for name in names}
    chunks: dict[str, list[Numbers]] = {name: [] for name in names}
    for churners, stayers in _resamples(target, draws, seed):
        for name in names:
            chunks[name].append(compute(coarse[name].resample(churners, stayers)))
    shift = {name: values[name] - compute(coarse[name].whole())[0] for name in names}
    drawn = {name: np.concatenate(chunks[name]) + shift[name] for name in names}
    return [
        _difference(values[first] - values[second], drawn[first] - drawn[second], confidence)
        for first, second in pairs
    ]


def _difference(value: float, drawn: Numbers, confidence: float) -> dict[str, float]:
    low, high = _percentiles(drawn, confidence)
    beyond = min((drawn <= 0).sum(), (drawn >= 0).sum())
    p = min(1.0, 2 * (float(beyond) + 1) / (len(drawn) + 1))
    return {"difference": float(value), "low": low, "high": high, "p": p}


def _percentiles(drawn: Numbers, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def _resamples(target: Labels, draws: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Draw churners and stayers by their number among their kind, some resamples at a time."""
    churners, stayers = int((target == 1).sum()), int((target == 0).sum())
    at_once = max(1, CHUNK // len(target))
    rng = np.random.default_rng(seed)
    for start in range(0, draws, at_once):
        size = min(at_once, draws - start)
        yield (
            rng.integers(churners, size=(size, churners)),
            rng.integers(stayers, size=(size, stayers)),
        )
