"""Follow a run stage by stage and job by job: what is done, how long it took, what failed.

`PipelineMonitor` knows nothing of Snakemake and can watch anything that has stages::

    with PipelineMonitor("results/pipeline_summary.json") as monitor:
        monitor.log_stage_start("train_model")
        monitor.log_metrics("train_model", {"roc_auc": 0.845})
        monitor.log_stage_complete("train_model", duration=12.5)
    print(monitor.summary()["stages"]["train_model"]["seconds"])

Within the workflow `churn.monitoring_events` feeds it.
"""

import copy
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from churn.redaction import hide
from churn.run_summary import SCHEMA, SummaryWriter, keep_earlier, process_started
from churn.run_totals import stage_sums, totals

# What an open job becomes when the run ends.
LEFT_OPEN = {"running": "interrupted", "pending": "not run"}
# Characters of a job's reason that are kept.
REASON = 500
JOB: dict[str, Any] = {
    "id": None,
    "rule": "",
    "wildcards": {},
    "status": "pending",
    "reason": "",
    "started": None,
    "ended": None,
    "seconds": None,
    "cpu_seconds": None,
    "peak_memory_mb": None,
    "attempts": 0,
    "log": None,
    "error": None,
    "log_tail": [],
    "threads": 1,
    "needs": [],
    "expected_seconds": None,
}


class PipelineMonitor:
    """Collect what happens in a run and keep a summary file up to date.

    Parameters
    ----------
    path : str or Path, optional
        Where the summary is written, whole, at every change; nowhere by default. An earlier
        summary there moves to the folder ``runs`` beside it.
    facts : mapping, optional
        What else the summary says of the run: ``command``, ``git``, ``versions``, ``executor``,
        ``cores``, ...
    jobs : iterable of mapping, optional
        The jobs to come, as in the summary: each with ``id`` and ``rule``; with the status
        ``"cached"`` if its results are there already.
    compare : callable, optional
        Given the summary of a run that succeeded, gives its ``changes`` since an earlier one.

    Notes
    -----
    All methods may be called from any thread. A stage that has one job needs no ``job``; else
    ``job`` tells the jobs of a stage apart.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        facts: Mapping[str, Any] | None = None,
        jobs: Iterable[Mapping[str, Any]] = (),
        compare: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self._lock = threading.RLock()
        self._facts = dict(facts or {})
        self._compare = compare
        self._jobs: dict[Any, dict[str, Any]] = {job["id"]: _record(job) for job in jobs}
        self._clocks: dict[Any, float] = {}
        self._metrics: dict[str, dict[str, Any]] = {}
        self._models: dict[str, dict[str, Any]] = {}
        self._champion: dict[str, Any] = {}
        self._tracking: dict[str, Any] = {}
        self._gates: list[Any] = []
        self._changes: dict[str, Any] = {}
        self._status, self._started = "running", _now()
        self._ended: str | None = None
        self._clock, self._seconds = time.monotonic(), 0.0
        self._run_id = f"{self._started[:23].replace(':', '-')}-{secrets.token_hex(3)}"
        self._writer: SummaryWriter | None = None
        if path is not None:
            # The summary of this run matters more than that of the last.
            with suppress(OSError):
                keep_earlier(Path(path))
            self._writer = SummaryWriter(Path(path), self.summary)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(None if error is None else "error")

    @property
    def status(self) -> str:
        """``"running"``, ``"success"``, ``"error"`` or ``"interrupted"``."""
        return self._status

    def log_stage_start(self, stage: str, *, job: Any = None, **details: Any) -> None:
        """Note that a stage, or one job of it, has started; once more if it is tried again.

        Parameters
        ----------
        stage : str
        job : optional
            Which job.
        **details
            ``wildcards``, ``reason``, ``log`` (a path), ``threads``.
        """
        with self._lock:
            record = self._job(stage, job)
            record.update(details)
            # It may list thousands of files.
            record["reason"] = hide(record["reason"])[:REASON]
            record["status"], record["ended"], record["seconds"] = "running", None, None
            record["started"] = _now()
            record["attempts"] += 1
            self._clocks[record["id"]] = time.monotonic()
        self._changed()

    def log_stage_complete(
        self, stage: str, duration: float | None = None, *, job: Any = None, **measured: Any
    ) -> None:
        """Note that a stage, or one job of it, has ended well.

        Parameters
        ----------
        stage : str
        duration : float, optional
            Seconds; by default since its start was logged.
        job : optional
            Which job.
        **measured
            ``cpu_seconds``, ``peak_memory_mb``.
        """
        with self._lock:
            record = self._job(stage, job)
            record.update(measured, status="done", error=None, log_tail=[])
            self._end_job(record, duration)
        self._changed()

    def log_stage_error(
        self,
        stage: str,
        error: str | BaseException,
        *,
        job: Any = None,
        log_tail: Iterable[str] = (),
    ) -> None:
        """Note that a stage, or one job of it, has failed.

        Parameters
        ----------
        stage : str
        error : str or exception
            What happened.
        job : optional
            Which job.
        log_tail : iterable of str
            The last lines of its log.
        """
        message = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        with self._lock:
            record = self._job(stage, job)
            record["status"], record["error"] = "failed", hide(message)
            record["log_tail"] = [hide(line) for line in log_tail]
            self._end_job(record, None)
        self._changed()

    def log_metrics(
        self, stage: str, metrics: Mapping[str, Any], *, model: str | None = None
    ) -> None:
        """Note what a stage has measured.

        Parameters
        ----------
        stage : str
        metrics : mapping
            By name a number, or ``value`` with ``low`` and ``high``.
        model : str, optional
            Of which model.
        """
        with self._lock:
            place = self._metrics if model is None else self._models
            place.setdefault(stage if model is None else model, {}).update(metrics)
        self._changed()

    def log_champion(self, record: Mapping[str, Any]) -> None:
        """Note who was named champion, or refused, and which gates were passed."""
        with self._lock:
            kept = {key: value for key, value in record.items() if key not in {"gates", "history"}}
            self._champion, self._gates = kept, list(record.get("gates", []))
        self._changed()

    def log_tracking(self, outcome: Mapping[str, Any]) -> None:
        """Note whether the run was logged to MLflow, or how many runs wait and why."""
        with self._lock:
            self._tracking = {key: outcome[key] for key in ("status", "pending", "reason")}
        self._changed()

    def end(self, status: str | None = None) -> None:
        """Note that the run has ended, and write that; a second time does nothing.

        Parameters
        ----------
        status : str, optional
            By default ``"error"`` if a job has failed, else ``"success"`` if none is open, else
            ``"interrupted"``.
        """
        with self._lock:
            if self._status != "running":
                return
            found = {record["status"] for record in self._jobs.values()}
            left = found & LEFT_OPEN.keys()
            told = "error" if "failed" in found else "interrupted" if left else "success"
            self._status, self._ended = status or told, _now()
            self._seconds = time.monotonic() - self._clock
            for record in self._jobs.values():
                if record["status"] == "running":
                    self._end_job(record, None)
                record["status"] = LEFT_OPEN.get(record["status"], record["status"])
            if self._compare is not None and self._status == "success":
                self._changes = self._compare(self.summary())
        if self._writer is not None:
            self._writer.close()

    def summary(self) -> dict[str, Any]:
        """Give the summary as plain values, as its JSON schema describes them."""
        with self._lock:
            if self._status == "running":
                self._seconds = time.monotonic() - self._clock
            jobs = [dict(record) for record in self._jobs.values()]
            return {
                "schema": SCHEMA,
                "run_id": self._run_id,
                "status": self._status,
                "started": self._started,
                "ended": self._ended,
                "seconds": round(self._seconds, 3),
                "heartbeat": _now(),
                "pid": os.getpid(),
                "pid_started": process_started(os.getpid()),
                "host": socket.gethostname(),
                **self._facts,
                "stages": stage_sums(jobs, self._metrics, self._status),
                "jobs": jobs,
                "totals": totals(jobs, self._facts.get("cores"), self._seconds),
                "models": {name: dict(metrics) for name, metrics in self._models.items()},
                "champion": self._champion,
                "gates": self._gates,
                "tracking": self._tracking,
                "changes": self._changes,
            }

    def _job(self, stage: str, job: Any) -> dict[str, Any]:
        key = stage if job is None else job
        return self._jobs.setdefault(key, _record({"id": key, "rule": stage}))

    def _end_job(self, record: dict[str, Any], duration: float | None) -> None:
        start = self._clocks.pop(record["id"], None)
        if duration is None and start is not None:
            duration = time.monotonic() - start
        record["ended"] = _now()
        record["seconds"] = None if duration is None else round(duration, 3)

    def _changed(self) -> None:
        if self._writer is not None:
            self._writer.changed()


def _record(job: Mapping[str, Any]) -> dict[str, Any]:
    return {**copy.deepcopy(JOB), **job}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
