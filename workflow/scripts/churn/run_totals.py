"""Sum up the jobs of a run: by stage, and all of them together."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from churn.run_timing import critical_path, parallel_efficiency

Job = Mapping[str, Any]
# Of jobs together, the first of these that occurs.
STAGE_STATUS = ("failed", "running", "interrupted", "not run")
# What a job can have become; "not run" has a key of its own.
COUNTED = ("done", "failed", "cached", "pending", "running", "interrupted")


def stage_sums(
    jobs: Iterable[Job], metrics: Mapping[str, Mapping[str, Any]], run: str
) -> dict[str, Any]:
    """Sum up the jobs of each stage.

    Parameters
    ----------
    jobs : iterable of mapping
        Jobs as in the summary: ``rule``, ``status``, ``seconds``.
    metrics : mapping
        What stages have measured, by stage.
    run : str
        Status of the run.

    Returns
    -------
    dict
        By stage, in the order of the jobs: ``status``, ``jobs``, how many of them are ``done``,
        ``failed`` and ``cached``, ``seconds`` of all together, and ``metrics`` if there are any.
    """
    stages: dict[str, Any] = {}
    for job in jobs:
        empty = {"status": "", "jobs": 0, "done": 0, "failed": 0, "cached": 0, "seconds": 0.0}
        stage = stages.setdefault(job["rule"], empty | {"statuses": set()})
        stage["jobs"] += 1
        if job["status"] in {"done", "failed", "cached"}:
            stage[job["status"]] += 1
        stage["seconds"] = round(stage["seconds"] + (job["seconds"] or 0.0), 3)
        stage["statuses"].add(job["status"])
    for name, stage in stages.items():
        stage["status"] = _stage_status(stage.pop("statuses"), run)
        if name in metrics:
            stage["metrics"] = dict(metrics[name])
    return stages


def totals(jobs: Sequence[Job], cores: int | None, seconds: float) -> dict[str, Any]:
    """Sum up all jobs of a run.

    Parameters
    ----------
    jobs : sequence of mapping
        Jobs as in the summary.
    cores : int or None
        How many cores the run has; None if that is not known.
    seconds : float
        How long the run has taken.

    Returns
    -------
    dict
        How many jobs there are in each state, what they took in seconds and MB, and the longest
        chain of jobs.
    """
    durations = {job["id"]: job["seconds"] for job in jobs if job["seconds"]}
    chain, longest = critical_path(jobs, durations)
    peaks = [job["peak_memory_mb"] for job in jobs if job["peak_memory_mb"] is not None]
    efficiency = parallel_efficiency(jobs, cores, seconds)
    return {
        "jobs": len(jobs),
        **{name: sum(job["status"] == name for job in jobs) for name in COUNTED},
        "not_run": sum(job["status"] == "not run" for job in jobs),
        "retries": sum(max(0, job["attempts"] - 1) for job in jobs),
        "seconds": round(sum(durations.values()), 3),
        "cpu_seconds": round(sum(job["cpu_seconds"] or 0.0 for job in jobs), 3),
        "peak_memory_mb": max(peaks, default=None),
        "critical_path": chain,
        "critical_path_seconds": round(longest, 3),
        "parallel_efficiency": None if efficiency is None else round(efficiency, 3),
    }


def _stage_status(found: set[str], run: str) -> str:
    """Sum up the jobs of a stage in one word."""
    first = next((status for status in STAGE_STATUS if status in found), None)
    if first is not None:
        return first
    if "pending" in found:
        # Some are done already, and the others wait for a core.
        return "running" if "done" in found and run == "running" else "pending"
    return "cached" if found == {"cached"} else "done"
