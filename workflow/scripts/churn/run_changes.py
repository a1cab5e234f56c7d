"""What has changed from one run to another: duration, metrics, champion."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from churn.run_summary import SUMMARY, earlier_runs, read_summary

Summary = Mapping[str, Any]


def since_last_success(summary: Summary, path: Path = SUMMARY) -> dict[str, Any]:
    """Compare a run with the last one before it that succeeded.

    Parameters
    ----------
    summary : mapping
        The run's summary.
    path : Path
        Where it stands, or will; the earlier ones are beside it.

    Returns
    -------
    dict
        As from `changes`; empty if no earlier run succeeded.
    """
    for earlier in earlier_runs(path):
        before, _ = read_summary(earlier)
        if before is None or before["status"] != "success":
            continue
        if before["run_id"] < summary["run_id"]:
            return changes(before, summary)
    return {}


def changes(before: Summary, after: Summary) -> dict[str, Any]:
    """Compare two runs.

    Parameters
    ----------
    before, after : mapping
        Their summaries.

    Returns
    -------
    dict
        ``since`` (the earlier run), ``seconds`` (after minus before, of the whole runs),
        ``stages`` (the same by rule, per job that both runs had to do), ``models`` (by model and
        metric the same of the values), ``champion`` (``before`` and ``after``).
    """
    return {
        "since": before["run_id"],
        "seconds": _difference(before.get("seconds"), after.get("seconds")),
        "stages": _stages(before, after),
        "models": _models(before["models"], after["models"]),
        "champion": {"before": _champion(before), "after": _champion(after)},
    }


def value_of(metric: Any) -> float | None:
    """Give the value of a metric, with or without an interval."""
    value = metric.get("value") if isinstance(metric, Mapping) else metric
    return value if isinstance(value, int | float) else None


def _champion(run: Summary) -> str | None:
    name = run.get("champion", {}).get("champion")
    return name if isinstance(name, str) else None


def _stages(before: Summary, after: Summary) -> dict[str, float]:
    old, new = _seconds(before), _seconds(after)
    return {rule: round(new[rule] - old[rule], 3) for rule in new if rule in old}


def _seconds(run: Summary) -> dict[str, float]:
    """Give the mean duration of the jobs that were done, by rule."""
    found: dict[str, list[float]] = {}
    for job in run["jobs"]:
        if job["status"] == "done" and job.get("seconds") is not None:
            found.setdefault(job["rule"], []).append(job["seconds"])
    return {rule: sum(times) / len(times) for rule, times in found.items()}


def _models(before: Any, after: Any) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for model in after:
        old, new = before.get(model, {}), after[model]
        for metric in new:
            change = _difference(value_of(old.get(metric)), value_of(new[metric]))
            if change is not None:
                found.setdefault(model, {})[metric] = change
    return found


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else round(after - before, 9)
