"""Metrics of many resamples of a test set at once.

A resample is kept as how often each distinct probability was drawn, highest first; all metrics
then follow from cumulative sums, without sorting again.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int8]
Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]

# Of more distinct probabilities neighbours are drawn as one: a metric of a resample then is off by
# some thousandths of its interval, and takes a tenth of the time.
MOST_LEVELS = 5000
CALIBRATION_BINS = 10


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

    def _count(self, levels: Rows) -> Rows:
        levels = np.atleast_2d(levels)
        samples, width = len(levels), len(self.probability)
        cells = levels + width * np.arange(samples)[:, None]
        counts = np.bincount(cells.ravel(), minlength=samples * width)
        return counts.reshape(samples, width)


class Sample:
    """Samples of customers, counted by distinct predicted probability, highest first.

    Parameters
    ----------
    probability : ndarray of shape (n_levels,)
    churned, stayed : ndarray of int of shape (n_samples, n_levels)
        Numbers of customers of each probability in each sample.

    Attributes
    ----------
    probability, churned, stayed : ndarray
        As given, the counts as floats.
    caught, disturbed : ndarray of shape (n_samples, n_levels)
        Churners and stayers with at least each probability.
    churners, stayers, rows : int
        Numbers of customers, the same in each sample.
    """

    def __init__(self, probability: Numbers, churned: Rows, stayed: Rows) -> None:
        self.probability = probability
        self.churned, self.stayed = churned.astype(np.float64), stayed.astype(np.float64)
        # Of integers, which takes a fifth of the time.
        self.caught = churned.cumsum(axis=1).astype(np.float64)
        self.disturbed = stayed.cumsum(axis=1).astype(np.float64)
        self.churners, self.stayers = int(self.caught[0, -1]), int(self.disturbed[0, -1])
        self.rows = self.churners + self.stayers

    @cached_property
    def reached(self) -> Numbers:
        """Count all customers with at least each probability, in the shape of `caught`."""
        counts: Numbers = self.caught + self.disturbed
        return counts

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
        counts = (self.reached + shift).ravel()
        found = np.searchsorted(counts, np.asarray(rows) + shift, side="right")
        within: Rows = found - width * np.arange(samples)[:, None]
        return within


def _roc_auc(sample: Sample) -> Numbers:
    # A tie counts half (Hanley and McNeil, 1982).
    below = sample.stayers - sample.disturbed + sample.stayed / 2
    return _row_products(sample.churned, below) / (sample.churners * sample.stayers)


def _average_precision(sample: Sample) -> Numbers:
    precision = sample.caught / np.maximum(sample.reached, 1)
    return _row_products(sample.churned, precision) / sample.churners


def _log_loss(sample: Sample) -> Numbers:
    # As scikit-learn bounds it.
    bound = np.finfo(np.float64).eps
    churn = np.log(sample.probability.clip(bound, 1 - bound))
    stay = np.log((1 - sample.probability).clip(bound, 1 - bound))
    loss: Numbers = -(sample.churned @ churn + sample.stayed @ stay) / sample.rows
    return loss


def _brier(sample: Sample) -> Numbers:
    churn, stay = (1 - sample.probability) ** 2, sample.probability**2
    score: Numbers = (sample.churned @ churn + sample.stayed @ stay) / sample.rows
    return score


def _calibration_error(sample: Sample) -> Numbers:
    error: Numbers = np.abs(calibration_bins(sample)).sum(axis=1)
    return error


def calibration_noise(sample: Sample, bins: Numbers) -> Numbers:
    """Tell what resampling adds to the calibration error of the whole test set.

    Parameters
    ----------
    sample : Sample
        Resamples of it.
    bins : ndarray of shape (1, n_bins)
        The `calibration_bins` of the whole.

    Returns
    -------
    ndarray of shape (2, n_samples)
        What noise adds at most, and what it adds where no bin changes its sign.
    """
    noise = calibration_bins(sample) - bins
    return np.stack([np.abs(noise).sum(axis=1), noise @ np.sign(bins[0])])


def calibration_bins(sample: Sample) -> Numbers:
    """Give how many more churners were expected than there are, as a share of all customers.

    Returns
    -------
    ndarray of shape (n_samples, n_bins)
        For each tenth of the customers, by probability.
    """
    expected = (sample.churned + sample.stayed) * sample.probability
    excess = expected - sample.churned
    samples, width = excess.shape
    limits = [part * sample.rows // CALIBRATION_BINS for part in range(1, CALIBRATION_BINS)]
    begin = np.hstack([np.zeros((samples, 1), np.int64), sample.levels_within(limits)])
    places = begin + width * np.arange(samples)[:, None]
    bins: Numbers = np.add.reduceat(excess.ravel(), places.ravel()).reshape(begin.shape)
    # For an empty one it gives the level that follows.
    bins[:, :-1][np.diff(begin) == 0] = 0.0
    return bins / sample.rows


def _lift_at_10(sample: Sample) -> Numbers:
    wanted = sample.rows / 10
    edge = sample.levels_within([sample.rows // 10])
    # Above the edge all customers count; at the edge as many as are still wanted.
    above = _above(sample.caught, edge)[:, 0]
    taken = above + _above(sample.disturbed, edge)[:, 0]
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


OF_DECISIONS = ("accuracy", "precision", "recall", "f1", "mcc")
METRICS = (*OF_RANKINGS, *OF_DECISIONS)


def metrics_of(
    sample: Sample, threshold: float, names: Collection[str] = METRICS
) -> dict[str, Numbers]:
    """Compute metrics of `churn.metrics`, of shape (n_samples,), at a decision threshold."""
    computed = {name: compute(sample) for name, compute in OF_RANKINGS.items() if name in names}
    decided = _decision_metrics(sample, threshold)
    return computed | {name: decided[name] for name in OF_DECISIONS if name in names}


def _decision_metrics(sample: Sample, threshold: float) -> dict[str, Numbers]:
    called = np.full((len(sample.churned), 1), (sample.probability >= threshold).sum())
    tp, fp = _above(sample.caught, called)[:, 0], _above(sample.disturbed, called)[:, 0]
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


def _above(sums: Numbers, levels: Rows) -> Numbers:
    """Take from cumulative sums those of the highest levels, as many as are given for each row."""
    taken = np.take_along_axis(sums, np.maximum(levels - 1, 0), axis=1)
    return np.where(levels > 0, taken, 0.0)
