"""How metrics and numbers are worded wherever people read them."""

from collections.abc import Mapping

METRICS = {
    "roc_auc": "ROC-AUC",
    "average_precision": "Average precision",
    "brier": "Brier score",
    "log_loss": "Log loss",
    "calibration_error": "Calibration error",
    "lift_at_10": "Lift at 10 %",
    "f1": "F1",
    "mcc": "Matthews correlation coefficient",
    "precision": "Precision",
    "recall": "Recall",
    "accuracy": "Accuracy",
}
LESS_IS_BETTER = frozenset({"brier", "log_loss", "calibration_error"})


def metric(name: str) -> str:
    """Give a metric's title, and say so where less is better."""
    title = METRICS.get(name, name)
    return f"{title} (less is better)" if name in LESS_IS_BETTER else title


def number(value: float | None) -> str:
    """Write a number with four significant digits, or three decimals between -1 and 1."""
    if value is None:
        return "none"
    # Adding zero takes the sign off a negative one.
    return f"{round(value, 3) + 0.0:.3f}" if abs(value) < 1 else f"{value:,.4g}"


def percent(share: float) -> str:
    """Write a share in per cent."""
    return f"{100 * share:.1f} %"


def interval(scores: Mapping[str, float]) -> str:
    """Write a ``value`` with its interval from ``low`` to ``high``."""
    return f"{number(scores['value'])} ({number(scores['low'])} to {number(scores['high'])})"


def mean(scores: Mapping[str, float]) -> str:
    """Write a ``mean`` with its standard deviation (``std``)."""
    return f"{number(scores['mean'])} ± {number(scores['std'])}"


def count(rows: int) -> str:
    """Write a number of rows with its thousands apart."""
    return f"{rows:,}"
