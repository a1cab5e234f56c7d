"""What a failed job's log says of the failure."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# As `churn.jobs` writes records.
RECORD = re.compile(r"^[\d-]+ [\d:,]+ (?P<level>[A-Z]+) [^:]+: (?P<text>.*)$")
SILENT = "it ended without a word: was it killed, or out of memory?"


def with_log(failure: Mapping[str, Any], n_lines: int) -> dict[str, Any]:
    """Add what a job's log says.

    Parameters
    ----------
    failure : mapping
        The job's ``log``, the path of a file that need not exist, or None.
    n_lines : int
        How many of its last lines to show.

    Returns
    -------
    dict
        The same with the ``reason`` in one line, and the last lines (``tail``).
    """
    path = Path(failure["log"] or "")
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    lines = [line for line in text.splitlines() if line.strip()]
    said = reason(lines)
    tail = lines[-n_lines:] if n_lines else []
    # The reason alone need not be told twice.
    return {**failure, "reason": said, "tail": tail if said not in "".join(tail[:1]) else []}


def reason(lines: list[str]) -> str:
    """Give the last error in a log in one line.

    Parameters
    ----------
    lines : list of str
        The log.

    Returns
    -------
    str
    """
    found = [(number, RECORD.match(line)) for number, line in enumerate(lines)]
    records = [(number, match) for number, match in found if match]
    if not records or records[-1][1]["level"] != "ERROR":
        return SILENT
    number, last = records[-1]
    if last["text"].startswith("Traceback"):
        return lines[-1]
    more = len(lines) - number - 1
    return f"{last['text']} (and {more} more)" if more else str(last["text"])
