"""What a failed job has to say: its words and the last lines of its log."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

# As much of a log as is looked at, in bytes, and as many of its lines as are kept.
TAIL, LINES = 65536, 20
START = "Error: "
SILENT = "it ended without a word: was it killed, or out of memory?"


def log_tail(path: str | Path, lines: int = LINES) -> list[str]:
    """Give the last lines of a log; none if it cannot be read.

    Parameters
    ----------
    path : str or Path
    lines : int
        How many at most.

    Returns
    -------
    list of str
    """
    try:
        with Path(path).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return text.replace("\0", "").splitlines()[-lines:]


def last_words(path: str | Path, since: float) -> str | None:
    """Find the words with which `churn.jobs` ended a log.

    Parameters
    ----------
    path : str or Path
        The job's log.
    since : float
        In seconds since 1970: an older log is of an earlier run.

    Returns
    -------
    str or None
        A line ``Error: ... failed:`` and indented lines. None if the job ended without a word.
    """
    try:
        if Path(path).stat().st_mtime < since:
            return None
    except OSError:
        return None
    lines = log_tail(path, TAIL)
    starts = [index for index, line in enumerate(lines) if line.startswith(START)]
    return "\n".join(lines[starts[-1] :]).rstrip() if starts else None


def without_words(job: str, log: str | None, told: str = "") -> str:
    """Say what can be said of a job that could not say anything itself.

    Parameters
    ----------
    job : str
        What failed.
    log : str or None
        Its log.
    told : str
        What the executor says.

    Returns
    -------
    str
        In the form of `last_words`.
    """
    killed = "SIGKILL" in told or "OUT_OF_MEMORY" in told
    what = "it was killed; perhaps memory ran out or it took too long" if killed else "it ended"
    lines = [f"Error: {job} failed:", f"  {what}, and could not say why"]
    # The last line of what the executor says is the reason, such as a cluster's own.
    lines += [f"  {line.strip()}" for line in told.splitlines()[-1:]]
    lines += [f"  (log: {log})"] if log else []
    advised = "run it again with fewer jobs at once (--cores 1)" if killed else "see the log"
    return "\n".join([*lines, f"  (next: {advised}; what is finished is kept)"])


def with_log(failure: Mapping[str, Any], n_lines: int) -> dict[str, Any]:
    """Add what a job's log says.

    Parameters
    ----------
    failure : mapping
        The job's ``log``, the path of a file that need not exist, or None.
    n_lines : int
        How many lines before its words to show.

    Returns
    -------
    dict
        The same with the ``reason`` in one line, and the last lines before it (``tail``).
    """
    lines = log_tail(failure["log"], TAIL) if failure["log"] else []
    lines = [line for line in lines if line.strip()]
    starts = [index for index, line in enumerate(lines) if line.startswith(START)]
    said = lines[starts[-1] :] if starts else []
    before = lines[: starts[-1]] if starts else lines
    tail = before[-n_lines:] if n_lines else []
    return {**failure, "reason": _reason(said[1:]), "tail": tail}


def _reason(said: list[str]) -> str:
    """Give the first problem of a job's words, and how many more there are."""
    problems = [line.strip() for line in said if not line.startswith(("  (log:", "  (next:"))]
    if not problems:
        return SILENT
    return f"{problems[0]} (and {len(problems) - 1} more)" if problems[1:] else problems[0]
