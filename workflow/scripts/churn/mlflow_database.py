"""MLflow's local database: made, or brought to a newer MLflow's schema, whole or not at all."""

import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from churn.files import atomic_path


def make_ready(path: Path) -> None:
    """Make the database, or bring it up to date; the caller sees to it that nobody else does.

    MLflow does so in many steps, and a database that is left between two of them, by a full disk
    or a killed process, is of no use to it any more. So it happens in a copy.

    Parameters
    ----------
    path : Path
        The database, SQLite.

    Raises
    ------
    sqlite3.DatabaseError
        If there is something else.
    """
    release = _release()
    if path.exists() and _made_by(path) == release:
        return
    # It takes seconds to import.
    from mlflow.db import upgrade

    with atomic_path(path) as copy:
        with closing(sqlite3.connect(copy)) as target:
            if path.exists():
                with closing(sqlite3.connect(path)) as source:
                    source.backup(target)
        upgrade([f"sqlite:///{copy.resolve()}"], standalone_mode=False)
        with closing(sqlite3.connect(copy)) as target:
            target.execute(f"PRAGMA user_version = {release}")


def _release() -> int:
    """Give MLflow's release as the one number that a database has room for."""
    major, minor, *_ = version("mlflow").split(".")
    return 1000 * int(major) + int(minor)


def _made_by(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])
