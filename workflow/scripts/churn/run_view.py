"""A run's summary set for the terminal: progress, running jobs, failures, leaderboard, changes."""

import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from churn.run_changes import value_of
from churn.run_summary import seconds_of
from churn.run_timing import OPEN, remaining_seconds

Summary = Mapping[str, Any]
# As many are shown; the others are counted.
SHOWN, TAIL_LINES = 15, 8
STYLES = {
    "success": "green",
    "done": "green",
    "cached": "cyan",
    "running": "yellow",
    "error": "bold red",
    "failed": "bold red",
    "killed": "bold red",
    "interrupted": "magenta",
    "not run": "dim",
    "pending": "dim",
}
LEADERBOARD = {"CV ROC-AUC": "cv_roc_auc", "test ROC-AUC": "roc_auc"}


def view(summary: Summary) -> RenderableType:
    """Set a run for the terminal.

    Parameters
    ----------
    summary : mapping
        As from `churn.run_summary.read_summary`.

    Returns
    -------
    RenderableType
    """
    parts: list[RenderableType] = [_header(summary), _stages(summary)]
    parts += _running(summary)
    parts += _failures(summary)
    parts += _leaderboard(summary)
    parts += _champion(summary)
    parts += _tracking(summary)
    parts += change_lines(summary.get("changes", {}))
    return Group(*parts)


def estimate(summary: Summary) -> tuple[float | None, bool]:
    """Give the seconds that a run will still take and whether every job's duration is known."""
    now = clock(summary)
    elapsed = {
        job["id"]: max(0.0, now - (seconds_of(job.get("started")) or now))
        for job in summary["jobs"]
        if job["status"] == "running"
    }
    return remaining_seconds(summary["jobs"], summary.get("cores"), elapsed)


def clock(summary: Summary) -> float:
    """Give the time at the run, in seconds since 1970: of a run elsewhere its last heartbeat."""
    here = summary.get("host") == socket.gethostname() and summary["status"] == "running"
    beat = seconds_of(summary.get("heartbeat"))
    return time.time() if here or beat is None else beat


def duration(seconds: float) -> str:
    """Write a duration as one would say it."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def change_lines(changes: Mapping[str, Any]) -> list[Text]:
    """Say what is different from the run before, a line each; nothing if there was none."""
    if not changes.get("since"):
        return []
    seconds = changes.get("seconds") or 0.0
    word = "slower" if seconds > 0 else "quicker"
    lines = [f"Since the run {changes['since']}: {duration(abs(seconds))} {word}"]
    for model, metrics in list(changes.get("models", {}).items())[:SHOWN]:
        moved = [
            f"{title} {metrics[key]:+.4f}"
            for title, key in LEADERBOARD.items()
            if abs(metrics.get(key, 0.0)) >= 5e-5
        ]
        lines += [f"  {model}: {', '.join(moved)}"] if moved else []
    champion = changes.get("champion", {})
    before, after = champion.get("before") or "none", champion.get("after") or "none"
    lines += [f"  champion: {after}, before {before}"] if before != after else []
    return [Text(line) for line in lines]


def _header(summary: Summary) -> Text:
    status = summary["status"]
    totals = summary["totals"]
    ready = totals.get("done", 0) + totals.get("cached", 0)
    since = clock(summary) - (seconds_of(summary.get("heartbeat")) or clock(summary))
    words = [
        duration(summary["seconds"] + max(0.0, since)),
        f"{ready} of {totals.get('jobs', 0)} jobs ready",
        *([f"{totals['failed']} failed"] if totals.get("failed") else []),
        *([f"{totals['cached']} from earlier runs"] if totals.get("cached") else []),
    ]
    if status == "running":
        words.append(_left(summary))
    elif totals.get("parallel_efficiency") is not None:
        words.append(f"cores busy {totals['parallel_efficiency']:.0%}")
    text = Text.assemble(
        f"Run {summary.get('run_id', '')}  ", (status, STYLES.get(status, "")), "  "
    )
    return text.append(", ".join(words) + "\n")


def _left(summary: Summary) -> str:
    seconds, complete = estimate(summary)
    if seconds is None:
        return "no estimate of its end yet"
    return f"{'about' if complete else 'at least'} {duration(seconds)} left"


def _stages(summary: Summary) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    # A target has nothing to do and no log.
    rules = {job["rule"] for job in summary["jobs"] if job.get("log")}
    for name, stage in summary["stages"].items():
        if rules and name not in rules:
            continue
        total, ready = stage.get("jobs") or 0, (stage.get("done") or 0) + (stage.get("cached") or 0)
        status = stage["status"]
        table.add_row(
            escape(name),
            ProgressBar(total=max(total, 1), completed=ready, width=24),
            f"{ready}/{total}",
            duration(stage["seconds"]) if stage.get("seconds") else "",
            Text(status, style=STYLES.get(status, "")),
        )
    return table


def _running(summary: Summary) -> Iterator[Text]:
    jobs = [job for job in summary["jobs"] if job["status"] == "running"]
    if summary["status"] == "killed" and any(job["status"] in OPEN for job in summary["jobs"]):
        yield Text("\nThe run was killed; run it again and it goes on from here.", style="red")
    elif jobs:
        yield Text("\nRunning")
    now = clock(summary)
    for job in jobs[:SHOWN]:
        words = duration(max(0.0, now - (seconds_of(job.get("started")) or now)))
        if job.get("expected_seconds"):
            words += f" of about {duration(job['expected_seconds'])}"
        if (job.get("attempts") or 0) > 1:
            words += f", attempt {job['attempts']}"
        yield Text(f"  {_name(job)}  {words}")
    yield from _more(len(jobs))


def _failures(summary: Summary) -> Iterator[Text]:
    failed = [job for job in summary["jobs"] if job["status"] == "failed"]
    for job in failed[:SHOWN]:
        error = (job.get("error") or f"Error: {_name(job)} failed").splitlines()
        yield Text("\n" + "\n".join(error), style="red")
        lines = [line for line in job.get("log_tail", []) if line not in error]
        yield from (Text(f"  | {line}", style="dim") for line in lines[-TAIL_LINES:])
    yield from _more(len(failed))


def _leaderboard(summary: Summary) -> Iterator[RenderableType]:
    models = summary["models"]
    if not models:
        return
    table = Table(box=None, pad_edge=False)
    for title in ("model", *LEADERBOARD):
        table.add_column(title)
    first = next(iter(LEADERBOARD.values()))
    ranked = sorted(models, key=lambda name: (-(value_of(models[name].get(first)) or 0.0), name))
    for name in ranked[:SHOWN]:
        scores = (_score(models[name].get(key)) for key in LEADERBOARD.values())
        table.add_row(escape(name), *scores)
    yield Text("")
    yield table
    yield from _more(len(models))


def _champion(summary: Summary) -> Iterator[Text]:
    record = summary.get("champion", {})
    if record.get("champion"):
        yield Text(f"\nChampion: {record['champion']} ({record.get('reason', '')})", style="bold")
    for gate in summary.get("gates", []):
        if not gate.get("passed", True):
            yield Text(f"  GATE NOT PASSED: {gate.get('message', '')}", style="red")


def _tracking(summary: Summary) -> Iterator[Text]:
    outcome = summary.get("tracking", {})
    if outcome.get("status") == "pending":
        text = f"  MLflow: {outcome.get('pending')} run(s) wait: {outcome.get('reason')}"
        yield Text(f"{text}; `make track` logs them", style="yellow")


def _more(count: int) -> Iterable[Text]:
    return [Text(f"  and {count - SHOWN} more", style="dim")] if count > SHOWN else []


def _score(metric: Any) -> str:
    value = value_of(metric)
    if value is None:
        return "..."
    low, high = (metric.get("low"), metric.get("high")) if isinstance(metric, Mapping) else (0, 0)
    between = isinstance(low, float) and isinstance(high, float)
    return f"{value:.4f} ({low:.3f} to {high:.3f})" if between else f"{value:.4f}"


def _name(job: Mapping[str, Any]) -> str:
    return " ".join((job["rule"], *job.get("wildcards", {}).values()))
