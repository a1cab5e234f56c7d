"""The summary of a run as a file: written by a thread, read without trust, earlier ones kept."""

import json
import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from churn.files import read_json, write_json
from churn.summary_shape import damage

SCHEMA = 1
SUMMARY = Path("results/pipeline_summary.json")
KEPT_RUNS = 50
# Seconds between two heartbeats when nothing else happens.
HEARTBEAT = 5.0
# Least seconds between two writes; and as a multiple of what the last one took, so that a run of
# thousands of jobs spends at most about 5 % of one core on its summary.
PAUSE, PAUSE_FACTOR = 0.1, 20.0
# Seconds without a heartbeat after which a run on another host is taken for dead.
SILENCE = 60.0
RUN_ID = re.compile(r"[\w.+-]{1,80}")


class SummaryWriter:
    """Write snapshots of a run in a thread, so that the run never waits for the disk.

    Parameters
    ----------
    path : Path
        Where the summary belongs.
    snapshot : callable
        Gives the summary as plain values; called in the thread.

    Notes
    -----
    Each change is written at once or, if the last write was just now, a moment later together
    with what has come since. The last state is always written, by `close`.
    """

    def __init__(self, path: Path, snapshot: Callable[[], Mapping[str, Any]]) -> None:
        # The process may change its folder later.
        self._path = path.absolute()
        self._snapshot = snapshot
        self._changed = threading.Event()
        self._closed = threading.Event()
        self._failed = False
        self._write()
        self._thread = threading.Thread(target=self._run, name="pipeline summary", daemon=True)
        self._thread.start()

    def changed(self) -> None:
        """Say that there is something new to write."""
        self._changed.set()

    def close(self) -> None:
        """Write the last state and end the thread."""
        self._closed.set()
        self._changed.set()
        self._thread.join()
        self._write()

    def _run(self) -> None:
        cost = 0.0
        while not self._closed.wait(max(PAUSE, PAUSE_FACTOR * cost)):
            self._changed.wait(HEARTBEAT)
            self._changed.clear()
            # Of this thread alone: waiting for a busy disk or core costs the run nothing.
            start = time.thread_time()
            self._write()
            cost = time.thread_time() - start

    def _write(self) -> None:
        try:
            write_json(self._path, self._snapshot())
        except Exception as error:
            # A full disk, say; the run goes on without its summary.
            if not self._failed:
                logging.getLogger(__name__).warning(
                    "%s cannot be written: %s: %s", self._path, type(error).__name__, error
                )
            self._failed = True


def read_summary(path: str | Path = SUMMARY) -> tuple[dict[str, Any] | None, str]:
    """Read a summary that may be missing, damaged or of another schema.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    summary : dict or None
        Its ``status`` is ``"killed"`` if the run is not alive although it never ended.
    problem : str
        Why there is no summary; empty if there is one.
    """
    try:
        content = json.loads(Path(path).read_bytes())
    except FileNotFoundError:
        return None, f"there is no {path}; nothing has run here yet"
    except (OSError, ValueError, RecursionError) as error:
        return None, f"{path} cannot be read: {error}"
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA:
        return None, f"{path} has schema {schema!r}; this version reads schema {SCHEMA}"
    place = damage(content)
    if place is not None:
        return None, f"{path} is damaged: {place} is missing or not as it should be"
    if content["status"] == "running" and not is_alive(content):
        content["status"] = "killed"
    return content, ""


def is_alive(summary: Mapping[str, Any]) -> bool:
    """Tell whether the process that writes a summary still runs.

    Parameters
    ----------
    summary : mapping

    Returns
    -------
    bool
        On the same host whether the process is there, and is the same one; for another host
        whether its heartbeat is recent.
    """
    if summary.get("host") == socket.gethostname() and isinstance(summary.get("pid"), int):
        started = process_started(summary["pid"])
        return started is not None and bool(started == summary.get("pid_started"))
    beat = seconds_of(summary.get("heartbeat"))
    return beat is not None and time.time() - beat < SILENCE


def process_started(pid: int) -> int | None:
    """Give when a process started, in ticks since boot; 0 where that is not told, None if gone."""
    try:
        # The name in the second field may hold spaces and brackets. Field 22, from proc(5).
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return None if fields[0] == "Z" else int(fields[19])
    except (OSError, ValueError, IndexError):
        pass
    if Path("/proc/self/stat").exists():
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except (OSError, OverflowError):
        pass
    return 0


def seconds_of(text: Any) -> float | None:
    """Give an ISO 8601 time as seconds since 1970, None if it is not one."""
    # Imported here: the terminal view starts quicker.
    from datetime import datetime

    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def keep_earlier(path: Path = SUMMARY, kept: int = KEPT_RUNS) -> None:
    """Keep the summary at `path`, if there is one, among the earlier runs.

    Parameters
    ----------
    path : Path
        The last summary. Earlier ones stand beside it in ``runs``, named by their run.
    kept : int
        How many are kept; the oldest go first.
    """
    summary, _ = read_summary(path)
    if summary is None or not RUN_ID.fullmatch(summary["run_id"]):
        return
    folder = path.parent / "runs"
    target = folder / f"{summary['run_id']}.json"
    folder.mkdir(exist_ok=True)
    if summary["status"] == "killed":
        # Its process number may be another's one day.
        write_json(target, read_json(path) | {"status": "killed"})
    elif not target.exists():
        try:
            os.link(path, target)
        except OSError:
            # A file system without links.
            write_json(target, read_json(path))
    for old in sorted(folder.glob("*.json"))[:-kept]:
        old.unlink()


def earlier_runs(path: Path = SUMMARY) -> list[Path]:
    """Name the summaries of the earlier runs, the last one first."""
    return sorted((path.parent / "runs").glob("*.json"), reverse=True)
