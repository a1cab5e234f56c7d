"""How far metrics on a test set may be off, and differences of models' metrics, by the bootstrap.

Churners and other customers are resampled apart, so every resample has the churn rate of the test
set and no metric is ever undefined: intervals hold for customers of this churn rate. A resample
is kept as how often each distinct probability was drawn, highest first; all metrics then follow
from cumulative sums, without sorting again. In large test sets neighbouring probabilities are
drawn as one; what that changes of a metric, in the test set itself, is taken off its resamples.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int8]
Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]

# Drawn customers held in memory at a time; as many as stay in the processor's cache.
CHUNK = 2**17
# Of more distinct probabilities neighbours are drawn as one: a metric of a resample then is off by
# some thousandths of its interval, and takes a tenth of the time.
MOST_LEVELS = 5000
CALIBRATION_BINS = 10


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
    target: Labels, probability: Numbers, threshold: float, *, draws: int, seed: int
) -> tuple[dict[str, float], dict[str, Numbers]]:
    """Compute all metrics of one model in the test set and in resamples of it.

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
    values = _all_metrics(ranking.whole(), threshold)
    coarse = ranking.coarsened(threshold)
    whole = coarse.whole()
    shift = {name: values[name] - value for name, value in _all_metrics(whole, threshold).items()}
    chunks = []
    for resample in _resamples(target, draws, seed):
        sample = coarse.resample(*resample)
        metrics = _all_metrics(sample, threshold)
        chunk = {name: metrics[name] + shift[name] for name in metrics}
        chunks.append(chunk | {"calibration_error": _calibration_noise(sample, whole)})
    drawn = {name: np.concatenate([chunk[name] for chunk in chunks], axis=-1) for name in values}
    return {name: float(value[0]) for name, value in values.items()}, drawn


def interval(name: str, value: float, drawn: Numbers, confidence: float) -> dict[str, float]:
    """Give the interval of one metric, as explained at `intervals`."""
    if name == "calibration_error":
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


@dataclass(frozen=True)
class Ranking:
    """Customers by distinct predicted probability.

    Attributes
    ----------
    probability : ndarray of shape (n_levels,)
        The distinct probabilities, highest first.
    churners, stayers : ndarray of int of shape (n_churners,), (n_stayers,)
        Place of each customer's probability among them.
    """

    probability: Numbers
    churners: Rows
    stayers: Rows

    @classmethod
    def of(cls, target: Labels, probability: Numbers) -> "Ranking":
        """Rank customers."""
        negative, level = np.unique(-probability.astype(np.float64), return_inverse=True)
        return cls(-negative, level[target == 1], level[target == 0])

    def coarsened(self, threshold: float = 0.0) -> "Ranking":
        """Put neighbouring probabilities together until few enough are left.

        Parameters
        ----------
        threshold : float
            Probabilities on its two sides stay apart.

        Returns
        -------
        Ranking
            Of levels with about as many customers each, at their mean probability; of few
            levels, the ranking itself.
        """
        levels = len(self.probability)
        if levels <= MOST_LEVELS:
            return self
        rows = np.bincount(np.append(self.churners, self.stayers), minlength=levels)
        before = np.cumsum(rows) - rows
        part = 2 * (before * (MOST_LEVELS - 1) // rows.sum()) + (self.probability < threshold)
        part = np.unique(part, return_inverse=True)[1]
        mean = np.bincount(part, rows * self.probability) / np.bincount(part, rows)
        return Ranking(mean, part[self.churners], part[self.stayers])

    def whole(self) -> "Sample":
        """Count every customer once."""
        return Sample(self.probability, self._count(self.churners), self._count(self.stayers))

    def resample(self, churners: Rows, stayers: Rows) -> "Sample":
        """Count customers as often as they were drawn."""
        return Sample(
            self.probability,
            self._count(self.churners[churners]),
            self._count(self.stayers[stayers]),
        )

    def _count(self, levels: Rows) -> Numbers:
        levels = np.atleast_2d(levels)
        samples, width = len(levels), len(self.probability)
        cells = levels + width * np.arange(samples)[:, None]
        counts = np.bincount(cells.ravel(), minlength=samples * width)
        return counts.reshape(samples, width).astype(np.float64)


class Sample:
    """Samples of customers, counted by distinct predicted probability, highest first.

    Parameters
    ----------
    probability : ndarray of shape (n_levels,)
    churned, stayed : ndarray of shape (n_samples, n_levels)
        Numbers of customers of each probability in each sample.

    Attributes
    ----------
    caught, disturbed : ndarray of shape (n_samples, n_levels)
        Churners and stayers with at least each probability.
    churners, stayers, rows : int
        Numbers of customers, the same in each sample.
    """

    def __init__(self, probability: Numbers, churned: Numbers, stayed: Numbers) -> None:
        self.probability, self.churned, self.stayed = probability, churned, stayed
        self.caught, self.disturbed = churned.cumsum(axis=1), stayed.cumsum(axis=1)
        self.churners, self.stayers = int(self.caught[0, -1]), int(self.disturbed[0, -1])
        self.rows = self.churners + self.stayers

    def levels_within(self, rows: Sequence[int]) -> Rows:
        """Find for each sample how many of the highest levels have at most so many customers.

        Parameters
        ----------
        rows : sequence of int of length n_limits

        Returns
        -------
        ndarray of int of shape (n_samples, n_limits)
        """
        samples, width = self.churned.shape
        # One search instead of one a sample: each sample's counts lie above those before it.
        shift = np.arange(samples)[:, None] * (self.rows + 1)
        counts = (self.caught + self.disturbed + shift).ravel()
        found = np.searchsorted(counts, np.asarray(rows) + shift, side="right")
        within: Rows = found - width * np.arange(samples)[:, None]
        return within


def _roc_auc(sample: Sample) -> Numbers:
    # A tie counts half (Hanley and McNeil, 1982).
    below = sample.stayers - sample.disturbed + sample.stayed / 2
    return _row_products(sample.churned, below) / (sample.churners * sample.stayers)


def _average_precision(sample: Sample) -> Numbers:
    precision = sample.caught / np.maximum(sample.caught + sample.disturbed, 1)
    return _row_products(sample.churned, precision) / sample.churners


def _log_loss(sample: Sample) -> Numbers:
    # As scikit-learn bounds it.
    bound = np.finfo(np.float64).eps
    churn = np.log(sample.probability.clip(bound, 1 - bound))
    stay = np.log((1 - sample.probability).clip(bound, 1 - bound))
    loss: Numbers = -(sample.churned * churn + sample.stayed * stay).sum(axis=1) / sample.rows
    return loss


def _brier(sample: Sample) -> Numbers:
    churn, stay = (1 - sample.probability) ** 2, sample.probability**2
    score: Numbers = (sample.churned * churn + sample.stayed * stay).sum(axis=1) / sample.rows
    return score


def _calibration_error(sample: Sample) -> Numbers:
    error: Numbers = np.abs(_calibration_bins(sample)).sum(axis=1)
    return error


def _calibration_noise(sample: Sample, whole: Sample) -> Numbers:
    bins = _calibration_bins(whole)
    noise = _calibration_bins(sample) - bins
    return np.stack([np.abs(noise).sum(axis=1), noise @ np.sign(bins[0])])


def _calibration_bins(sample: Sample) -> Numbers:
    expected = (sample.churned + sample.stayed) * sample.probability
    excess = _with_leading_zero((expected - sample.churned).cumsum(axis=1))
    limits = [part * sample.rows // CALIBRATION_BINS for part in range(1, CALIBRATION_BINS)]
    ends = sample.levels_within(limits)
    at_ends = np.take_along_axis(excess, ends, axis=1)
    bins: Numbers = np.diff(np.hstack([excess[:, :1], at_ends, excess[:, -1:]]), axis=1)
    return bins / sample.rows


def _lift_at_10(sample: Sample) -> Numbers:
    wanted = sample.rows / 10
    edge = sample.levels_within([sample.rows // 10])
    # Above the edge all customers count; at the edge as many as are still wanted.
    caught = _with_leading_zero(sample.caught)
    disturbed = _with_leading_zero(sample.disturbed)
    above = np.take_along_axis(caught, edge, axis=1)[:, 0]
    taken = above + np.take_along_axis(disturbed, edge, axis=1)[:, 0]
    churned = np.take_along_axis(sample.churned, edge, axis=1)[:, 0]
    stayed = np.take_along_axis(sample.stayed, edge, axis=1)[:, 0]
    at_edge = (wanted - taken) * churned / np.maximum(churned + stayed, 1)
    return (above + at_edge) / wanted * sample.rows / sample.churners


OF_RANKINGS: dict[str, Callable[[Sample], Numbers]] = {
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "log_loss": _log_loss,
    "brier": _brier,
    "calibration_error": _calibration_error,
    "lift_at_10": _lift_at_10,
}


def _all_metrics(sample: Sample, threshold: float) -> dict[str, Numbers]:
    computed = {name: compute(sample) for name, compute in OF_RANKINGS.items()}
    return computed | _decision_metrics(sample, threshold)


def _decision_metrics(sample: Sample, threshold: float) -> dict[str, Numbers]:
    called = int((sample.probability >= threshold).sum())
    tp, fp = (sample.churned[:, :called].sum(axis=1), sample.stayed[:, :called].sum(axis=1))
    fn, tn = sample.churners - tp, sample.stayers - fp
    spread = (tp + fp) * (tn + fn) * sample.churners * sample.stayers
    return {
        "accuracy": (tp + tn) / sample.rows,
        "precision": tp / np.maximum(tp + fp, 1),
        "recall": tp / sample.churners,
        "f1": 2 * tp / (2 * tp + fp + fn),
        "mcc": (tp * tn - fp * fn) / np.sqrt(np.maximum(spread, 1)),
    }


def _row_products(first: Numbers, second: Numbers) -> Numbers:
    products: Numbers = np.einsum("ij,ij->i", first, second)
    return products


def _with_leading_zero(sums: Numbers) -> Numbers:
    return np.pad(sums, ((0, 0), (1, 0)))
