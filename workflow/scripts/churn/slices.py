"""Judge a model on groups of customers, and find those for whom it is worse than for the rest."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from churn.bootstrap import intervals
from churn.customers import Customers
from churn.errors import InputError
from churn.resampled_metrics import Ranking, metrics_of
from churn.standard_errors import standard_errors

Labels = NDArray[np.int8]
Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Enough for intervals that are read, not multiplied.
MOST_DRAWS = 500
# Metrics in which less is worse, whatever the group's churn rate says of the others.
COMPARED = ("roc_auc", "recall", "precision")
MISSING = "missing"


def judges_of_slices(
    customers: Customers,
    probability: Numbers,
    threshold: float,
    *,
    columns: Sequence[str],
    settings: Mapping[str, Any],
    bootstrap: Mapping[str, Any],
    seed: int,
) -> list[Callable[[], dict[str, Any]]]:
    """Give the functions that judge a model on each group of customers.

    Parameters
    ----------
    customers : Customers
        The test set.
    probability : ndarray of shape (n_rows,)
        The model's predictions for it.
    threshold : float
        Customers at or above it are predicted to churn.
    columns : sequence of str
        Each category of a categorical column and each quantile bin of a numeric one makes a
        group, missing values one more.
    settings : mapping
        ``bins``, and what a group needs to be judged: ``min_rows``, and ``min_churned`` of each
        class.
    bootstrap : mapping
        ``draws`` (500 at most are made) and ``confidence``.
    seed : int

    Returns
    -------
    list of callable
        For each group a function that gives its ``column``, ``group``, ``rows``, ``churned``, mean
        ``predicted`` probability, whether it is ``judged``, its ``metrics`` with intervals, and
        ``gaps``: those of ROC-AUC, recall and precision that are lower than for all other
        customers, and ``calibration`` if more or fewer churned than predicted, each beyond noise.
        The level of significance is divided by the number of groups (Bonferroni).

    Raises
    ------
    InputError
        If a column is not among the features.
    """
    groups = list(groups_of(customers, columns, settings["bins"]))
    judge = _Judge(customers.target, probability, threshold, settings, bootstrap, len(groups), seed)
    return [partial(judge.group, *group) for group in groups]


def groups_of(
    customers: Customers, columns: Sequence[str], bins: int
) -> Iterator[tuple[str, str, Mask]]:
    """List the groups of customers by their values in some columns.

    Parameters
    ----------
    customers : Customers
    columns : sequence of str
    bins : int
        Quantile bins of a numeric column.

    Yields
    ------
    column, group : str
    inside : ndarray of bool of shape (n_rows,)

    Raises
    ------
    InputError
        If a column is not among the features.
    """
    for column in columns:
        if column in customers.numeric:
            values = customers.numeric[column]
            groups = _bins(values, bins)
        elif column in customers.categorical:
            values = customers.categorical[column]
            groups = ((text, values == text) for text in sorted(values.dropna().unique()))
        else:
            raise InputError(_unknown(column, [str(name) for name in customers.features.columns]))
        for name, inside in (*groups, (MISSING, values.isna())):
            if inside.any():
                yield column, name, inside.to_numpy(dtype=bool)


def is_judged(target: Labels, settings: Mapping[str, Any]) -> bool:
    """Tell whether a group with these labels is large enough to be judged."""
    churned, least = int(target.sum()), int(settings["min_churned"])
    enough = len(target) >= int(settings["min_rows"])
    return enough and least <= churned <= len(target) - least


class _Judge:
    """Judges groups of the same customers.

    Parameters
    ----------
    target, probability, threshold, settings, bootstrap, seed
        As for `judges_of_slices`.
    groups : int
        How many are judged in all.
    """

    def __init__(
        self,
        target: Labels,
        probability: Numbers,
        threshold: float,
        settings: Mapping[str, Any],
        bootstrap: Mapping[str, Any],
        groups: int,
        seed: int,
    ) -> None:
        self.target, self.probability, self.threshold = target, probability, threshold
        self.settings, self.confidence, self.seed = settings, bootstrap["confidence"], seed
        self.draws = min(bootstrap["draws"], MOST_DRAWS)
        self.far = float(ndtri(1 - (1 - self.confidence) / 2 / max(groups, 1)))

    def group(self, column: str, group: str, inside: Mask) -> dict[str, Any]:
        """Judge the customers at which `inside` is True."""
        judged = is_judged(self.target[inside], self.settings)
        facts = {
            "column": column,
            "group": group,
            "rows": int(inside.sum()),
            "churned": int(self.target[inside].sum()),
            "predicted": float(self.probability[inside].mean()),
            "judged": judged,
        }
        if not judged:
            return facts | {"metrics": {}, "gaps": []}
        metrics = intervals(
            self.target[inside],
            self.probability[inside],
            self.threshold,
            draws=self.draws,
            confidence=self.confidence,
            seed=self.seed,
        )
        return facts | {"metrics": metrics, "gaps": self._gaps(inside)}

    def _gaps(self, inside: Mask) -> list[str]:
        gaps = []
        if np.unique(self.target[~inside]).size == 2:
            own, own_noise = self._compared(inside)
            others, noise = self._compared(~inside)
            gaps = [
                name
                for name in COMPARED
                if others[name] - own[name] > self.far * np.hypot(own_noise[name], noise[name])
            ]
        probability = self.probability[inside]
        of_sum = np.sqrt((probability * (1 - probability)).sum())
        if abs((probability - self.target[inside]).sum()) > self.far * of_sum:
            gaps.append("calibration")
        return gaps

    def _compared(self, rows: Mask) -> tuple[dict[str, Numbers], dict[str, float]]:
        """Give the compared metrics of some customers, and their standard errors."""
        sample = Ranking.of(self.target[rows], self.probability[rows]).whole()
        values = metrics_of(sample, self.threshold, COMPARED)
        return values, standard_errors(sample, self.threshold)


def _bins(values: pd.Series, number: int) -> Iterator[tuple[str, pd.Series]]:
    """Cut a numeric column at its quantiles; equal values stay in one bin."""
    edges = np.unique(values.dropna().quantile(np.linspace(0, 1, number + 1)))
    if len(edges) == 1:
        yield f"{edges[0]:g}", values == edges[0]
    for low, high in pairwise(edges):
        from_low = values >= low if low == edges[0] else values > low
        yield f"{low:g} to {high:g}", from_low & (values <= high)


def _unknown(column: str, known: list[str]) -> str:
    near = get_close_matches(column, known, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return f"data.slices: there is no feature '{column}'{hint} (features: {', '.join(known)})"
