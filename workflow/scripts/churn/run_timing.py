"""How the time of a run was spent, and how much is left."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

Job = Mapping[str, Any]
OPEN = ("pending", "running")


def critical_path(jobs: Sequence[Job], seconds: Mapping[Any, float]) -> tuple[list[Any], float]:
    """Find the chain of jobs, each waiting for the one before, that takes longest.

    Parameters
    ----------
    jobs : sequence of mapping
        Jobs with their ``id`` and the ids that they need (``needs``).
    seconds : mapping
        Duration by id; a job that is not in it counts as nothing.

    Returns
    -------
    ids : list
        The chain in order, without jobs that count as nothing.
    seconds : float
        Its duration: no number of cores makes the run quicker.

    Raises
    ------
    graphlib.CycleError
        If jobs wait for each other.
    """
    needs = {job["id"]: job.get("needs", []) for job in jobs}
    ends: dict[Any, float] = {}
    before: dict[Any, Any] = {}
    for job in TopologicalSorter(needs).static_order():
        previous = max(needs.get(job, ()), key=lambda need: ends[need], default=None)
        before[job] = previous
        ends[job] = seconds.get(job, 0.0) + (ends[previous] if previous is not None else 0.0)
    last = max(ends, key=lambda job: ends[job], default=None)
    longest = ends[last] if last is not None else 0.0
    chain = []
    while last is not None:
        if seconds.get(last):
            chain.append(last)
        last = before[last]
    return chain[::-1], longest


def parallel_efficiency(jobs: Iterable[Job], cores: int | None, seconds: float) -> float | None:
    """Give the share of the cores' time that jobs held: 1 if no core ever waited.

    Parameters
    ----------
    jobs : iterable of mapping
        Jobs with ``seconds`` and ``threads``.
    cores : int or None
        What the run was given; None if it is not known.
    seconds : float
        How long the run took.

    Returns
    -------
    float or None
        None if it cannot be told.
    """
    if not cores or seconds <= 0:
        return None
    held = sum((job.get("seconds") or 0.0) * (job.get("threads") or 1) for job in jobs)
    return min(1.0, held / (cores * seconds))


def expected_seconds(jobs: Iterable[Job]) -> dict[Any, float]:
    """Say how long each open job is expected to take in all.

    Parameters
    ----------
    jobs : iterable of mapping

    Returns
    -------
    dict
        By id: what the job took the last time, or else the mean of the jobs of the same rule
        that are done. A job of which nothing is known is left out.
    """
    jobs = list(jobs)
    done: dict[str, list[float]] = {}
    for job in jobs:
        if job["status"] == "done" and job.get("seconds") is not None:
            done.setdefault(job["rule"], []).append(job["seconds"])
    expected = {}
    for job in jobs:
        if job["status"] not in OPEN:
            continue
        if job.get("expected_seconds") is not None:
            expected[job["id"]] = job["expected_seconds"]
        elif alike := done.get(job["rule"]):
            expected[job["id"]] = sum(alike) / len(alike)
    return expected


def remaining_seconds(
    jobs: Sequence[Job], cores: int | None, elapsed: Mapping[Any, float]
) -> tuple[float | None, bool]:
    """Estimate how long a run will still take.

    Parameters
    ----------
    jobs : sequence of mapping
    cores : int or None
        What the run was given.
    elapsed : mapping
        For the running jobs by id how long they have been at work, in seconds.

    Returns
    -------
    seconds : float or None
        The larger of the work left, spread over the cores, and the longest chain left. None if
        nothing is known.
    complete : bool
        False if some job's duration is unknown, so that it takes at least this long.
    """
    left = {
        job: max(0.0, seconds - elapsed.get(job, 0.0))
        for job, seconds in expected_seconds(jobs).items()
    }
    # A rule without a script, such as the target, takes no time worth counting.
    unknown = [job for job in jobs if job["status"] in OPEN and job["id"] not in left]
    unknown = [job for job in unknown if job.get("log")]
    if not left:
        return (None, False) if unknown else (0.0, True)
    threads = {job["id"]: job.get("threads") or 1 for job in jobs}
    work = sum(seconds * threads[job] for job, seconds in left.items()) / (cores or 1)
    try:
        chain = critical_path(jobs, left)[1]
    except (CycleError, KeyError, TypeError):
        chain = 0.0
    return max(work, chain), not unknown
