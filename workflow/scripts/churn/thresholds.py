"""Choose the probability from which on customers are contacted, and say what that is worth.

Every policy gives each possible cut a worth, from the counts of customers above it; the cut of
most worth is chosen out of fold, and judged on the test set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from churn.customers import Customers
from churn.errors import InputError

Labels = NDArray[np.int8]
Numbers = NDArray[np.float64]

VALUE_KEY = "evaluation.threshold.profit.customer_value"
MOST_POINTS = 200
# A threshold that no probability reaches.
NOBODY = float(np.nextafter(1.0, 2.0))
TITLES = {
    "f1": "F1",
    "mcc": "Matthews correlation coefficient",
    "youden": "Youden's index",
    "recall_at_precision": "recall at the least precision",
    "cost": "negative cost per customer",
    "profit": "expected profit per customer",
    "top_k": "recall within the contact budget",
}


@dataclass(frozen=True)
class Scored:
    """Customers with an outcome and a prediction.

    Attributes
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1; both have to occur.
    probability : ndarray of shape (n_rows,)
        Predicted probability of label 1.
    value : ndarray of shape (n_rows,) or float
        What keeping each customer is worth; read by policy ``profit`` alone.
    """

    target: Labels
    probability: Numbers
    value: Numbers | float = 0.0

    def take(self, rows: NDArray[np.bool_]) -> "Scored":
        """Give the customers at which `rows` is True."""
        value = self.value if isinstance(self.value, float) else self.value[rows]
        return Scored(self.target[rows], self.probability[rows], value)


@dataclass(frozen=True)
class Cuts:
    """All ways to cut customers in two by probability, those above contacted.

    Attributes
    ----------
    threshold : ndarray of shape (n_cuts,)
        Falling, from one that contacts nobody.
    contacted, caught, saved : ndarray of shape (n_cuts,)
        Customers above, churners among them, and what keeping these churners is worth.
    rows, churners : int
        All customers, and the churners among them.
    """

    threshold: Numbers
    contacted: Numbers
    caught: Numbers
    saved: Numbers
    rows: int
    churners: int

    @classmethod
    def of(cls, scored: Scored) -> "Cuts":
        """List the cuts of scored customers."""
        order = np.argsort(-scored.probability, kind="stable")
        target, probability = scored.target[order], scored.probability[order]
        worth = np.broadcast_to(scored.value, len(order))[order]
        # A threshold cannot cut between equal probabilities.
        ends = np.append(np.flatnonzero(np.diff(probability)), len(order) - 1)
        caught = np.cumsum(target, dtype=np.float64)
        return cls(
            threshold=np.append(NOBODY, probability[ends]),
            contacted=np.append(0.0, ends + 1.0),
            caught=np.append(0.0, caught[ends]),
            saved=np.append(0.0, np.cumsum(target * worth)[ends]),
            rows=len(order),
            churners=int(target.sum()),
        )


def choose_threshold(scored: Scored, settings: Mapping[str, Any]) -> float:
    """Choose the threshold that is worth most.

    Parameters
    ----------
    scored : Scored
        Predictions of a model that did not see these customers.
    settings : mapping
        The section ``evaluation.threshold`` of the config.

    Returns
    -------
    float
        Customers at or above it are predicted to churn. Of equally good ones the highest, which
        troubles the fewest customers. Just above 1 if contacting nobody is best.
    """
    cuts = Cuts.of(scored)
    return float(cuts.threshold[np.argmax(worth_of(cuts, settings))])


def worth_of(cuts: Cuts, settings: Mapping[str, Any]) -> Numbers:
    """Compute what every cut is worth under the configured policy.

    Parameters
    ----------
    cuts : Cuts
    settings : mapping
        The section ``evaluation.threshold`` of the config.

    Returns
    -------
    ndarray of shape (n_cuts,)
        More is better. For ``cost`` and ``profit`` an amount per customer: the expected profit
        of an offer is the customer's value times the chance that the offer saves a churner, less
        the cost of the offer (after Neslin et al., 2006). For ``top_k`` the recall, and
        nothing beyond the budget.
    """
    policy = settings["policy"]
    if policy == "cost":
        return -_cost(cuts, settings["cost"]) / cuts.rows
    if policy == "profit":
        profit = settings["profit"]
        gained = profit["save_probability"] * cuts.saved
        earned: Numbers = (gained - profit["offer_cost"] * cuts.contacted) / cuts.rows
        return earned
    if policy == "top_k":
        within = cuts.contacted <= settings["top_k"]["share"] * cuts.rows
        recall: Numbers = within * cuts.caught / cuts.churners
        return recall
    return _metric(cuts, settings["metric"], settings["min_precision"])


def title_of(settings: Mapping[str, Any]) -> str:
    """Name what the configured policy makes as large as possible."""
    policy = settings["policy"]
    return TITLES[settings["metric"] if policy == "metric" else policy]


def judge_decision(
    threshold: float, out_of_fold: Scored, test: Scored, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Say what a chosen threshold is worth, and what the best one would have been.

    Parameters
    ----------
    threshold : float
    out_of_fold, test : Scored
        The customers it was chosen with, and others to judge it with.
    settings : mapping
        The section ``evaluation.threshold`` of the config.

    Returns
    -------
    dict
        ``policy``, ``title``, ``unit``, ``threshold``, the share of the test set ``contacted``,
        the worth ``out_of_fold``, and for the ``test`` set its ``value``, the ``best`` that any
        threshold reaches there, the ``best_threshold``, the share ``best_contacted`` by it, and
        the ``regret``, what is missed.
    """
    cuts = Cuts.of(test)
    worth = worth_of(cuts, settings)
    value = float(worth[_place(cuts, threshold)])
    best = int(np.argmax(worth))
    chosen = Cuts.of(out_of_fold)
    return {
        "policy": settings["policy"],
        "title": title_of(settings),
        "unit": "per customer" if settings["policy"] in ("cost", "profit") else "",
        "threshold": threshold,
        "contacted": float(cuts.contacted[_place(cuts, threshold)] / cuts.rows),
        "out_of_fold": float(worth_of(chosen, settings)[_place(chosen, threshold)]),
        "test": {
            "value": value,
            "best": float(worth[best]),
            "best_threshold": float(cuts.threshold[best]),
            "best_contacted": float(cuts.contacted[best] / cuts.rows),
            "regret": float(worth[best]) - value,
        },
    }


def decision_curve(
    out_of_fold: Scored, test: Scored, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Compute the worth over the thresholds from 0 to 1.

    Parameters
    ----------
    out_of_fold, test : Scored
    settings : mapping
        The section ``evaluation.threshold`` of the config.

    Returns
    -------
    dict
        ``title``, ``unit``, and of the same length ``threshold``, share of the test set
        ``contacted``, and the worth ``out_of_fold`` and on the ``test`` set.
    """
    grid = np.linspace(0, 1, MOST_POINTS)
    chosen, judged = Cuts.of(out_of_fold), Cuts.of(test)
    places = _place(judged, grid)
    return {
        "title": title_of(settings),
        "unit": "per customer" if settings["policy"] in ("cost", "profit") else "",
        "threshold": grid.tolist(),
        "contacted": (judged.contacted[places] / judged.rows).tolist(),
        "out_of_fold": worth_of(chosen, settings)[_place(chosen, grid)].tolist(),
        "test": worth_of(judged, settings)[places].tolist(),
    }


def customer_values(customers: Customers, settings: Mapping[str, Any]) -> Numbers | float:
    """Give what keeping each customer is worth.

    Parameters
    ----------
    customers : Customers
    settings : mapping
        The section ``evaluation.threshold`` of the config.

    Returns
    -------
    float or ndarray of shape (n_rows,)
        A missing value in the column counts as the median of the others. Without the policy
        ``profit`` there is none.

    Raises
    ------
    InputError
        If the column is not there or holds no numbers.
    """
    if settings["policy"] != "profit":
        return 0.0
    value = settings["profit"]["customer_value"]
    if not isinstance(value, str):
        return float(value)
    numeric = customers.numeric
    if value not in numeric or not bool(numeric[value].notna().any()):
        known = ", ".join(f"'{name}'" for name in numeric.columns)
        raise InputError(
            f"{VALUE_KEY}='{value}': must be a number or a numeric column of the customers "
            f"({known or 'there are none'})"
        )
    column: pd.Series = numeric[value]
    return column.fillna(column.median()).to_numpy(np.float64)


def _cost(cuts: Cuts, cost: Mapping[str, float]) -> Numbers:
    false_positives = cuts.contacted - cuts.caught
    missed = cuts.churners - cuts.caught
    left_alone = cuts.rows - cuts.churners - false_positives
    total: Numbers = (
        cost["true_positive"] * cuts.caught
        + cost["false_positive"] * false_positives
        + cost["false_negative"] * missed
        + cost["true_negative"] * left_alone
    )
    return total


def _metric(cuts: Cuts, metric: str, min_precision: float) -> Numbers:
    tp, predicted, positives = cuts.caught, cuts.contacted, cuts.churners
    negatives = cuts.rows - positives
    if metric == "f1":
        return 2 * tp / (predicted + positives)
    if metric == "youden":
        # True minus false positive rate (Youden, 1950).
        return tp / positives - (predicted - tp) / negatives
    if metric == "recall_at_precision":
        precision = tp / np.maximum(predicted, 1)
        # Where the precision is never reached, the most precise cut is the best.
        return np.where(precision >= min_precision, tp / positives, precision - 1)
    covariance = tp * cuts.rows - predicted * positives
    spread = predicted * (cuts.rows - predicted) * positives * negatives
    return np.divide(covariance, np.sqrt(spread), out=np.zeros_like(tp), where=spread > 0)


def _place(cuts: Cuts, threshold: Any) -> Any:
    """Find the cut that contacts those at or above a threshold."""
    return len(cuts.threshold) - 1 - np.searchsorted(cuts.threshold[::-1], threshold)
