"""The shape of a summary that its readers rely on, checked without a schema library.

The JSON schema in workflow/schemas says more, for other tools; importing a validator for it would
take longer than all that `make monitor` does.
"""

import math
from collections.abc import Iterator
from typing import Any

Number = (int, float)
MaybeNumber = (int, float, type(None))
MaybeText = (str, type(None))
# A dict stands for optional keys, or with the key "*" for any keys with values of one shape; a
# list for a list of one shape; types for themselves; None for anything.
STAGE = {
    "status": str,
    "jobs": int,
    "done": int,
    "failed": int,
    "cached": int,
    "seconds": Number,
}
JOB = {
    "id": (int, str),
    "rule": str,
    "wildcards": {"*": str},
    "status": str,
    "reason": str,
    "started": MaybeText,
    "ended": MaybeText,
    "seconds": MaybeNumber,
    "cpu_seconds": MaybeNumber,
    "peak_memory_mb": MaybeNumber,
    "attempts": int,
    "log": MaybeText,
    "error": MaybeText,
    "log_tail": [str],
    "threads": int,
    "needs": [(int, str)],
    "expected_seconds": MaybeNumber,
}
SUMMARY = {
    "run_id": str,
    "status": str,
    "started": str,
    "ended": MaybeText,
    "seconds": Number,
    "heartbeat": str,
    "pid": int,
    "pid_started": (int, type(None)),
    "host": str,
    "command": str,
    "git": dict,
    "versions": dict,
    "executor": str,
    "cores": (int, type(None)),
    "stages": {"*": STAGE},
    "jobs": [JOB],
    "totals": {
        "jobs": int,
        "done": int,
        "failed": int,
        "cached": int,
        "parallel_efficiency": MaybeNumber,
    },
    "models": {"*": {"*": None}},
    "champion": dict,
    "gates": [dict],
    "tracking": {"status": MaybeText, "pending": Number, "reason": MaybeText},
    "changes": {
        "since": str,
        "seconds": MaybeNumber,
        "stages": {"*": Number},
        "models": {"*": {"*": Number}},
        "champion": {"before": MaybeText, "after": MaybeText},
    },
}
# Without these nothing can be shown.
REQUIRED = ("run_id", "status", "started", "seconds", "stages", "jobs", "totals", "models")
REQUIRED_OF = {"stages": ("status",), "jobs": ("id", "rule", "status")}


def damage(summary: dict[str, Any]) -> str | None:
    """Find the first place where a summary is not as readers expect it.

    Parameters
    ----------
    summary : dict

    Returns
    -------
    str or None
        The place, such as ``jobs.3.status``; None if all is well.
    """
    missing = [key for key in REQUIRED if key not in summary]
    if missing:
        return missing[0]
    wrong = next(_wrong(summary, SUMMARY, ""), None)
    if wrong is not None:
        return wrong
    for place, keys in REQUIRED_OF.items():
        parts = summary[place].values() if isinstance(summary[place], dict) else summary[place]
        if any(key not in part for part in parts for key in keys):
            return place
    return None


def _wrong(value: Any, shape: Any, place: str) -> Iterator[str]:
    if shape is None:
        return
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            yield place
            return
        for key, inner in value.items():
            yield from _wrong(inner, shape.get("*", shape.get(key)), f"{place}.{key}".lstrip("."))
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield place
            return
        for index, inner in enumerate(value):
            yield from _wrong(inner, shape[0], f"{place}.{index}")
    elif not isinstance(value, shape) or not _is_sane(value):
        yield place


def _is_sane(value: Any) -> bool:
    """Tell whether a number, if it is one, can be counted with."""
    return not isinstance(value, int | float) or (math.isfinite(value) and 0 <= abs(value) < 1e15)
