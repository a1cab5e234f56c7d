"""Follow a run of Snakemake by the structured records that its main process logs."""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from churn import failures, jobs, provenance, run_changes, run_results
from churn.monitoring import PipelineMonitor
from churn.run_summary import SUMMARY

# How Snakemake begins what it logs on SIGINT and on SIGTERM.
STOPPED = ("Terminating processes on user request", "Will exit after finishing currently running")


class RunEvents(logging.Handler):
    """Feed a `PipelineMonitor` from Snakemake's records, whatever the executor.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        The one whose run is followed.
    configuration : callable
        Gives what the run uses as plain values, secrets hidden.
    path : Path
        Where the summary goes.

    Notes
    -----
    The monitor begins with the first job, so that a dry run, a run with nothing to do, and one
    that is refused leave the summary of the last run as it is. Whatever goes wrong in here is
    logged once and never fails the run.
    """

    def __init__(
        self, workflow: Any, configuration: Callable[[], Mapping[str, Any]], path: Path = SUMMARY
    ) -> None:
        super().__init__()
        self._workflow, self._configuration, self._path = workflow, configuration, path
        self._monitor: PipelineMonitor | None = None
        self._dag_jobs: dict[int, Any] = {}
        self._running: set[int] = set()
        self._cores: int | None = None
        self._stopped = self._failed = False
        self.errors = ErrorWords(time.time())
        self._actions: dict[str, Callable[[Any], None]] = {
            "resources_info": self._on_resources,
            "job_started": self._on_selection,
            "job_info": self._on_start,
            "job_finished": self._on_finish,
            "job_error": self._on_error,
            "error": self.errors.note,
        }

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on to the monitor."""
        event = getattr(record, "event", None)
        action = self._actions.get(str(event)) if event is not None else None
        if action is not None:
            self._safely(action, record)
        elif event is None and str(record.msg).startswith(STOPPED):
            self._stopped = True

    def end(self) -> None:
        """Note that the run has ended, and write the summary's last state."""
        if self._monitor is not None:
            self._safely(self._end, self._monitor)

    def close(self) -> None:
        """End with Snakemake's own logging, whatever ended the run."""
        self.end()
        super().close()

    def failed_jobs(self) -> str:
        """Name the jobs that failed, in one line for the terminal; empty if none did."""
        done = [] if self._monitor is None else self._monitor.summary()["jobs"]
        failed = [
            _title(job["rule"], job["wildcards"]) for job in done if job["status"] == "failed"
        ]
        left = sum(job["status"] == "not run" for job in done)
        more = f"; {left} jobs that wait for others were not run" if left else ""
        return f"Failed: {', '.join(failed)}{more}" if failed else ""

    def _safely(self, action: Callable[[Any], None], argument: Any) -> None:
        try:
            action(argument)
        except Exception as error:
            if not self._failed:
                sys.stderr.write(f"The monitor has failed: {type(error).__name__}: {error}\n")
            self._failed = True

    def _on_resources(self, record: Any) -> None:
        self._cores = getattr(record, "cores", None) or self._cores

    def _on_selection(self, record: Any) -> None:
        if self._monitor is None and not self._workflow.touch:
            self._begin()
        # With --quiet Snakemake does not log what has finished.
        self._catch_up()

    def _on_start(self, record: Any) -> None:
        if self._monitor is None:
            return
        self._running.add(record.jobid)
        self._monitor.log_stage_start(
            record.rule_name,
            job=record.jobid,
            wildcards=dict(record.wildcards or {}),
            reason=record.reason,
            threads=record.threads,
        )

    def _on_finish(self, record: Any) -> None:
        job = self._dag_jobs.get(record.job_id)
        if self._monitor is None or job is None or record.job_id not in self._running:
            return
        self._running.discard(record.job_id)
        rule = job.rule.name
        self._monitor.log_stage_complete(rule, job=record.job_id, **_measured(job))
        run_results.log_results(self._monitor, rule, list(job.output))

    def _on_error(self, record: Any) -> None:
        if self._monitor is None:
            return
        self._running.discard(record.jobid)
        self._monitor.log_stage_error(
            record.rule_name,
            self.errors.of(record),
            job=record.jobid,
            log_tail=failures.log_tail(record.log[0]) if record.log else [],
        )

    def _catch_up(self) -> None:
        for number in list(self._running):
            if self._workflow.dag.finished(self._dag_jobs[number]):
                self._on_finish(logging.makeLogRecord({"job_id": number}))

    def _begin(self) -> None:
        dag = self._workflow.dag
        self._dag_jobs = {dag.jobid(job): job for job in dag.jobs}
        self.errors.titles = {
            number: _title(job.rule.name, job.wildcards_dict)
            for number, job in self._dag_jobs.items()
        }
        self._monitor = PipelineMonitor(
            self._path,
            facts={
                "command": provenance.command(sys.argv),
                "git": provenance.commit(),
                "config_digest": provenance.digest(self._configuration()),
                "versions": provenance.versions(),
                "executor": self._workflow.executor_plugin.name,
                "cores": self._cores,
            },
            jobs=planned(dag),
            compare=lambda summary: run_changes.since_last_success(summary, self._path),
        )
        for job in self._dag_jobs.values():
            if not dag.needrun(job):
                run_results.log_results(self._monitor, job.rule.name, list(job.output))

    def _end(self, monitor: PipelineMonitor) -> None:
        self._catch_up()
        monitor.end("interrupted" if self._stopped else None)


class ErrorWords(logging.Formatter):
    """Show a failed job in its own words, in place of Snakemake's block of rule and files.

    Parameters
    ----------
    since : float
        When the run began, in seconds since 1970.

    Attributes
    ----------
    titles : dict
        What a job is called, by its number.
    """

    def __init__(self, since: float) -> None:
        super().__init__()
        self.titles: dict[int, str] = {}
        self._since = since
        self._told: dict[str, str] = {}
        self._words: dict[tuple[int, float], str] = {}
        self._inner: logging.Formatter = logging.Formatter()

    def show_on(self, handler: logging.Handler) -> None:
        """Put this in the place of a handler's formatter, which goes on formatting the rest."""
        self._inner = handler.formatter or self._inner
        handler.setFormatter(self)

    def format(self, record: logging.LogRecord) -> str:
        """Format a record; an empty text is not shown."""
        event = str(getattr(record, "event", ""))
        if event == "job_error":
            return f"\n{self.of(record)}\n"
        if event == "error" and _is_superseded(record):
            return ""
        return self._inner.format(record)

    def note(self, record: Any) -> None:
        """Keep what the executor says of a job that failed; that stands before the failure."""
        text = str(record.msg)
        if _is_superseded(record) and " died with " in text:
            script = text.partition("' died with ")[0].rpartition(".py")[0].rpartition(".")[2]
            self._told[script] = f"died with {text.rpartition(' died with ')[2]}"

    def of(self, record: Any) -> str:
        """Give the words of a job that failed."""
        log = record.log[0] if record.log else None
        told = self._told.get(record.rule_name, "") or (record.rule_msg or "")
        key = (record.jobid, record.created)
        if key not in self._words:
            words = failures.last_words(log, self._since) if log else None
            title = self.titles.get(record.jobid, record.rule_name)
            self._words[key] = words or failures.without_words(title, log, told)
        return self._words[key]


def watch(workflow: Any, logger: logging.Logger, configuration: Callable[[], Any]) -> RunEvents:
    """Follow the run of a workflow from now on.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
    logger : logging.Logger
        Snakemake's.
    configuration : callable
        Gives what the run uses as plain values, secrets hidden.

    Returns
    -------
    RunEvents
        To be told when the run ends, before anybody reads the summary.
    """
    events = RunEvents(workflow, configuration)
    shown = [handler for handler in logger.handlers if handler.name == "DefaultStreamHandler"]
    # Another logger plugin shows errors in its own way, and --verbose wants everything.
    if shown and not workflow.output_settings.verbose:
        for handler in shown:
            events.errors.show_on(handler)
        os.environ[jobs.ERROR_WORDS] = "log"
    logger.addHandler(events)
    return events


def planned(dag: Any) -> Iterator[dict[str, Any]]:
    """Give all jobs of a run as a monitor's jobs, in the order in which they can run.

    Parameters
    ----------
    dag : snakemake.dag.DAG

    Yields
    ------
    dict
        ``id``, ``rule``, ``wildcards``, ``status``, ``log``, ``threads``, ``needs`` and, from
        the job's last benchmark, ``expected_seconds``.
    """
    for level in dag.toposorted():
        for job in sorted(level, key=dag.jobid):
            yield {
                "id": dag.jobid(job),
                "rule": job.rule.name,
                "wildcards": dict(job.wildcards_dict),
                "status": "pending" if dag.needrun(job) else "cached",
                "log": str(job.log[0]) if job.log else None,
                "threads": _threads(job),
                "needs": sorted(dag.jobid(need) for need in dag.dependencies[job]),
                "expected_seconds": _benchmark(job).get("s"),
            }


def _threads(job: Any) -> int:
    return job.threads if isinstance(job.threads, int) else 1


def _benchmark(job: Any) -> Mapping[str, Any]:
    """Read what Snakemake measured when a job last ran; empty if there is nothing to read."""
    if not job.benchmark:
        return {}
    try:
        # A line a repetition.
        content = json.loads(Path(str(job.benchmark)).read_text("utf-8").splitlines()[-1])
    except (OSError, ValueError, IndexError):
        return {}
    return content if isinstance(content, dict) else {}


def _measured(job: Any) -> dict[str, float]:
    names = {"cpu_seconds": "cpu_time", "peak_memory_mb": "max_rss"}
    found = {name: _benchmark(job).get(key) for name, key in names.items()}
    return {
        name: round(value, 3) for name, value in found.items() if isinstance(value, int | float)
    }


def _is_superseded(record: Any) -> bool:
    """Tell whether a record only says that a job's command failed; the job's words follow."""
    text = str(record.msg)
    return ("CalledProcessError" in text and record.exception == "RuleException") or (
        record.exception == "WorkflowError" and "At least one job did not complete" in text
    )


def _title(rule: str, wildcards: Mapping[str, str]) -> str:
    return " ".join([rule, *map(str, wildcards.values())])
