"""Run a script as a job: its log file, and words instead of a traceback when it fails."""

import ctypes
import errno
import logging
import os
import re
import signal
import sys
import textwrap
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from churn.errors import InputError
from churn.redaction import hide

LOG_LEVEL = "CHURN_LOG_LEVEL"
# Set to "log" where the main process shows the words that a failed job leaves in its log.
ERROR_WORDS = "CHURN_ERROR_WORDS"
# The minutes that the user allows the jobs of rules on this machine: "train_model=30 ...".
TIME_LIMITS = "CHURN_TIME_LIMITS"
# What is set for jobs before their interpreter starts.
ENVIRONMENT = {
    # Snakemake would give as many as the job has threads. Linear algebra in more than one adds in
    # another order, which changes last digits, and its threads spin while they have nothing to do.
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # By itself glibc gives memory back after each large array and asks for it anew, page by page;
    # these are the most that it would come to hold on to.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024**2),
}
# From linux/prctl.h.
PR_SET_PDEATHSIG = 1
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
KEPT = "what is finished is kept"


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
    try:
        _log_to(Path(log_file))
    except OSError as error:
        _say(title, [_short(error)], log_file, advice(error))
        sys.exit(1)
    # When the workflow is killed, so that nothing writes on.
    end_with(os.getppid())
    _end_in_time(title, log_file)
    try:
        main()
    except InputError as error:
        _say(title, error.problems, log_file, f"correct it and run again; {KEPT}")
    except KeyboardInterrupt:
        # Ctrl-C in a terminal reaches the jobs too.
        _say(title, ["it was interrupted"], log_file, f"run again; {KEPT}")
    except Exception as error:
        logging.getLogger(title).error("%s", traceback.format_exc())
        _say(title, [_short(error)], log_file, advice(error), _place(error))
    else:
        return
    sys.exit(1)


def end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, or end now if that has been.

    Other systems than Linux cannot; there it does nothing.

    Parameters
    ----------
    parent : int
        The process that this one was started by.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def advice(error: Exception) -> str:
    """Say what to do about an error that nobody foresaw.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    str
        One line.
    """
    if isinstance(error, MemoryError):
        return f"run again with fewer jobs at once (--cores 1) or less data; {KEPT}"
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"free some disk space and run again; {KEPT}"
    if isinstance(error, OSError) and error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"make the place writable and run again; {KEPT}"
    if isinstance(error, ImportError):
        return "install what requirements.txt names and run again"
    return f"see the traceback in the log, mend it and run again; {KEPT}"


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _place(error: Exception) -> str:
    """Name the last line of the project's own code that the error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    file = Path(own[-1].filename).name
    # Snakemake runs a copy of the script, under a name and with line numbers of its own.
    name = re.sub(r"^tmp\w+\.", "", file)
    return f"; raised in {name}" + (f", line {own[-1].lineno}" if name == file else "")


def _end_in_time(title: str, log_file: str) -> None:
    """End this process, whatever it is at, once it has taken longer than its rule may."""
    rule = title.split()[0]
    limits = dict(word.split("=") for word in os.environ.get(TIME_LIMITS, "").split())
    if rule not in limits:
        return

    def end() -> None:
        advised = f"allow it more with --set-resources {rule}:runtime=MINUTES; {KEPT}"
        _say(title, [f"it took longer than {limits[rule]} min"], log_file, advised)
        sys.stderr.flush()
        os._exit(1)

    timer = threading.Timer(60 * float(limits[rule]), end)
    timer.daemon = True
    timer.start()


def _log_to(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    level = os.environ.get(LOG_LEVEL, "INFO")
    # A log that cannot be written to, as on a full disk, is no reason for a traceback elsewhere.
    logging.raiseExceptions = False
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(_Redacting(FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    logging.captureWarnings(True)


class _Redacting(logging.Formatter):
    """Also hides secrets in the messages and tracebacks of other libraries."""

    def format(self, record: logging.LogRecord) -> str:
        return hide(super().format(record))


def _say(title: str, problems: list[str], log_file: str, advised: str, place: str = "") -> None:
    """End the log with what, where and what to do; say it aloud unless the log is shown."""
    lines = [*problems, f"(log: {log_file}{place})", f"(next: {advised})"]
    words = hide(f"Error: {title} failed:\n" + textwrap.indent("\n".join(lines), "  ") + "\n")
    try:
        with Path(log_file).open("a", encoding="utf-8") as log:
            log.write(words)
    except OSError:
        shown = False
    else:
        shown = os.environ.get(ERROR_WORDS) == "log"
    if not shown:
        sys.stderr.write(f"\n{words}\n")
