"""Run a script as a job: its log file, and words instead of a traceback when it fails."""

import ctypes
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from churn.errors import InputError
from churn.redaction import hide

LOG_LEVEL = "CHURN_LOG_LEVEL"
# From linux/prctl.h.
PR_SET_PDEATHSIG = 1
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def run(main: Callable[[], None], log_file: str, title: str) -> None:
    """Run the body of a script and end the process if it fails.

    Parameters
    ----------
    main : callable
        The body.
    log_file : str
        Where log lines and the traceback of a failure go.
    title : str
        What the job does, to name it when it fails.
    """
    _log_to(Path(log_file))
    _end_with_parent()
    try:
        main()
    except InputError as error:
        logging.getLogger(title).error("%s", error)
        _say(title, error.problems, log_file)
    except Exception as error:
        logging.getLogger(title).error("%s", traceback.format_exc())
        _say(title, [f"{type(error).__name__}: {error}"], log_file)
    else:
        return
    sys.exit(1)


def _end_with_parent() -> None:
    """Have the kernel end this process when the workflow is killed, so that nothing writes on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _log_to(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    level = os.environ.get(LOG_LEVEL, "INFO")
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(_Redacting(FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    logging.captureWarnings(True)


class _Redacting(logging.Formatter):
    """Also hides secrets in the messages and tracebacks of other libraries."""

    def format(self, record: logging.LogRecord) -> str:
        return hide(super().format(record))


def _say(title: str, problems: list[str], log_file: str) -> None:
    lines = "".join(f"  {hide(problem)}\n" for problem in problems)
    sys.stderr.write(f"\nError: {title} failed:\n{lines}  (log: {log_file})\n\n")
