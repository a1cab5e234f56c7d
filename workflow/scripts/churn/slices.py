"""How a model does in groups of customers, and in which of them it does worse than elsewhere.

A group's metrics have bootstrap intervals. Whether a group is worse than the rest of the customers
is judged by intervals in closed form instead: with many groups each of them has to hold with a
confidence far beyond what some thousand resamples can resolve, and resamples of a group in which
all churners are missed show no noise at all.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from churn.bootstrap import intervals
from churn.errors import InputError

Labels = NDArray[np.int8]
Numbers = NDArray[np.float64]
Rows = NDArray[np.bool_]

MISSING = "(missing)"
OTHER = "(other)"
# Of a column with more categories the smallest are one group, or the report would never end.
MOST_CATEGORIES = 50
MOST_NAMES_SHOWN = 20
# What a group may be worse in. The calibration error is not among them: noise alone makes it
# larger in any small group.
COMPARED = ("roc_auc", "recall", "precision", "calibration_in_the_large")


def judge_slices(
    features: pd.DataFrame,
    target: Labels,
    probability: Numbers,
    threshold: float,
    columns: Sequence[str],
    *,
    bins: int,
    min_rows: int,
    min_churned: int,
    draws: int,
    confidence: float,
    seed: int,
) -> list[dict[str, Any]]:
    """Judge a model in each group of customers of each column.

    Parameters
    ----------
    features : DataFrame of shape (n_rows, n_columns)
        Customers that the model has not seen.
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1.
    probability : ndarray of shape (n_rows,)
        Predicted probability of label 1.
    threshold : float
        Customers at or above it are predicted to churn.
    columns : sequence of str
        Columns that make the groups, as `groups_of` does.
    bins : int
        Groups of equal size that a numeric column is cut into.
    min_rows, min_churned : int
        A group of fewer customers, or with fewer of either class, is not judged.
    draws, confidence, seed
        As for `churn.bootstrap.intervals`. Each column costs about as much as one call of it on
        all rows.

    Returns
    -------
    list of dict
        For each group its ``column``, ``group``, ``rows``, ``churned``, whether it is
        ``judged`` and, if so, ``metrics`` with ``value``, ``low`` and ``high``: those of
        `churn.bootstrap.intervals` and ``calibration_in_the_large``, the mean probability minus
        the churn rate. ``gaps`` names those of `COMPARED` in which the group is worse than all
        other customers; the chance of any false gap in the whole list is at most
        ``1 - confidence`` (Bonferroni over all groups judged and metrics compared).

    Raises
    ------
    InputError
        For columns that `features` does not have.
    """
    check_columns(columns, list(features.columns))
    groups = [
        (column, label, rows)
        for column in columns
        for label, rows in groups_of(features[column], bins)
    ]
    judged = [_large_enough(target[rows], min_rows, min_churned) for _, _, rows in groups]
    tail = (1 - confidence) / 2 / max(1, sum(judged) * len(COMPARED))
    result = []
    for (column, label, rows), is_judged in zip(groups, judged, strict=True):
        entry: dict[str, Any] = {
            "column": column,
            "group": label,
            "rows": int(rows.sum()),
            "churned": int(target[rows].sum()),
            "judged": is_judged,
        }
        if is_judged:
            inside, outside = ((target[chosen], probability[chosen]) for chosen in (rows, ~rows))
            entry["metrics"] = {
                **intervals(*inside, threshold, draws=draws, confidence=confidence, seed=seed),
                "calibration_in_the_large": _mean_error(*inside, confidence),
            }
            comparable = _large_enough(outside[0], min_rows, min_churned)
            entry["gaps"] = _gaps(inside, outside, threshold, tail) if comparable else []
        result.append(entry)
    return result


def check_columns(columns: Sequence[str], known: Sequence[str]) -> None:
    """Raise InputError for every name in `columns` that is not among the `known`.

    Parameters
    ----------
    columns : sequence of str
        Names from the config's ``data.slices``.
    known : sequence of str
        Columns of the table.
    """
    problems = []
    for name in columns:
        if name not in known:
            near_first = sorted(known, key=lambda other: -_likeness(name, other))
            shown = ", ".join(near_first[:MOST_NAMES_SHOWN])
            more = len(known) - MOST_NAMES_SHOWN
            problems.append(
                f"data.slices: there is no column '{name}' among the features (there are, nearest "
                f"first: {shown}{f' and {more} more' if more > 0 else ''})"
            )
    if problems:
        raise InputError(problems)


def _likeness(name: str, other: str) -> float:
    return SequenceMatcher(None, name.lower(), other.lower()).ratio()


def groups_of(values: pd.Series, bins: int) -> list[tuple[str, Rows]]:
    """Cut customers into groups by a column.

    Parameters
    ----------
    values : Series of shape (n_rows,)
        Numbers are cut at their quantiles; where they have no more than `bins` distinct values,
        each is a group. Any other value is a category; those beyond the 50 most frequent make one
        group.
    bins : int

    Returns
    -------
    list of (str, ndarray of bool of shape (n_rows,))
        Name and rows of each group, numbers in their order and categories by name; missing
        values, if there are any, last.
    """
    missing = values.isna().to_numpy()
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    groups = _bins(values, missing, bins) if numeric else _categories(values, missing)
    return [*groups, (MISSING, missing)] if missing.any() else groups


def _bins(values: pd.Series, missing: Rows, bins: int) -> list[tuple[str, Rows]]:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    present = numbers[~missing]
    edges = np.unique(present)
    if len(edges) > bins:
        edges = np.unique(np.quantile(present, np.linspace(0, 1, bins + 1)[1:]))
    place = np.searchsorted(edges, numbers)
    groups = []
    for number in np.unique(place[~missing]):
        rows = (place == number) & ~missing
        low, high = f"{numbers[rows].min():.10g}", f"{numbers[rows].max():.10g}"
        groups.append((low if low == high else f"{low} to {high}", rows))
    return groups


def _categories(values: pd.Series, missing: Rows) -> list[tuple[str, Rows]]:
    names = values.astype(str).to_numpy(dtype=object)
    categories, counts = np.unique(names[~missing].astype(str), return_counts=True)
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_CATEGORIES])
    groups = [(str(name), (names == name) & ~missing) for name in categories[kept]]
    other = ~missing & ~np.isin(names, categories[kept])
    return [*groups, (OTHER, other)] if other.any() else groups


def _large_enough(target: Labels, min_rows: int, min_churned: int) -> bool:
    # Without one customer of each class no metric is defined.
    rarer = np.bincount(target, minlength=2).min()
    return bool(len(target) >= min_rows and rarer >= max(1, min_churned))


def _mean_error(target: Labels, probability: Numbers, confidence: float) -> dict[str, float]:
    """Compute the mean probability minus the churn rate with its t interval."""
    error = probability - target
    value, low, high = _welch(error.mean(), [error], (1 - confidence) / 2)
    return {"value": value, "low": low, "high": high}


def _gaps(
    inside: tuple[Labels, Numbers],
    outside: tuple[Labels, Numbers],
    threshold: float,
    tail: float,
) -> list[str]:
    """Name the metrics in which the customers inside are worse, with `tail` the risk of each."""
    tests = {
        "roc_auc": _ranks_worse,
        "recall": _finds_fewer,
        "precision": _errs_more,
        "calibration_in_the_large": _is_further_off,
    }
    return [name for name in COMPARED if tests[name](inside, outside, threshold, tail)]


def _ranks_worse(inside: Any, outside: Any, _: float, tail: float) -> bool:
    # The ROC-AUC is a mean over churners and over stayers; its variance is that of both means
    # (DeLong, DeLong and Clarke-Pearson, 1988).
    ours, theirs = _placements(*inside), _placements(*outside)
    difference = ours[0].mean() - theirs[0].mean()
    return _welch(difference, [*ours, *theirs], tail)[2] < 0


def _finds_fewer(inside: Any, outside: Any, threshold: float, tail: float) -> bool:
    found = [probability[target == 1] >= threshold for target, probability in (inside, outside)]
    return _newcombe_high(*found, tail) < 0


def _errs_more(inside: Any, outside: Any, threshold: float, tail: float) -> bool:
    right = [target[probability >= threshold] == 1 for target, probability in (inside, outside)]
    return _newcombe_high(*right, tail) < 0


def _is_further_off(inside: Any, outside: Any, _: float, tail: float) -> bool:
    ours, theirs = (probability - target for target, probability in (inside, outside))
    # Whatever the signs: worse if both the sum and the difference of the errors say so.
    return _welch(abs(theirs.mean()) - abs(ours.mean()), [ours, theirs], tail)[2] < 0


def _placements(target: Labels, probability: Numbers) -> tuple[Numbers, Numbers]:
    """Compute the share of stayers below each churner, and of churners above each stayer."""
    churners, stayers = np.sort(probability[target == 1]), np.sort(probability[target == 0])
    return _share_below(churners, stayers), 1 - _share_below(stayers, churners)


def _share_below(values: Numbers, ordered: Numbers) -> Numbers:
    lower = np.searchsorted(ordered, values, side="left")
    not_above = np.searchsorted(ordered, values, side="right")
    share: Numbers = (lower + not_above) / (2 * len(ordered))
    return share


def _welch(value: float, samples: Sequence[Numbers], tail: float) -> tuple[float, float, float]:
    """Give a sum or difference of means its interval, degrees of freedom as of Welch (1947)."""
    variances = np.array([sample.var(ddof=1) / len(sample) for sample in samples])
    freedom = np.array([len(sample) - 1 for sample in samples])
    total = variances.sum()
    if total == 0:
        return float(value), float(value), float(value)
    margin = stdtrit(total**2 / (variances**2 / freedom).sum(), 1 - tail) * np.sqrt(total)
    return float(value), float(value - margin), float(value + margin)


def _newcombe_high(ours: Rows, theirs: Rows, tail: float) -> float:
    """Compute how much larger our share may be at most (Newcombe, 1998, method 10)."""
    if not len(ours) or not len(theirs):
        return 1.0
    share, other = ours.mean(), theirs.mean()
    high, low = _wilson(ours, tail)[1], _wilson(theirs, tail)[0]
    return float(share - other + np.hypot(high - share, other - low))


def _wilson(hits: Rows, tail: float) -> tuple[float, float]:
    """Compute the score interval of a share (Wilson, 1927)."""
    rows, share, z2 = len(hits), hits.mean(), ndtri(tail) ** 2
    middle = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    margin = np.sqrt(z2 * (share * (1 - share) / rows + z2 / (4 * rows**2))) / (1 + z2 / rows)
    return middle - margin, middle + margin
