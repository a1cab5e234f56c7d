"""One run at a time in a folder, by a lock that ends with its process even if that is killed."""

import fcntl
import os
from pathlib import Path
from typing import IO

from churn.errors import InputError


def lock(path: Path) -> IO[str]:
    """Take the lock at `path`.

    Parameters
    ----------
    path : Path
        The lock's file; missing folders are made.

    Returns
    -------
    file
        The lock is held until this file is closed or the process ends.

    Raises
    ------
    InputError
        If another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise InputError(
            f"another run (process {holder}) is at work in {Path.cwd()}; "
            "wait until it ends, or run in a folder of its own with --directory"
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
