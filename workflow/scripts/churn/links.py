"""Make files the project's own that are links into a cache, before a run writes to them.

Snakemake writes its records in place. In a file that DVC has checked out as a hard or symbolic
link (``cache.type``), that would change the version in the cache.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from churn.files import atomic_path


def break_links(folders: Iterable[str]) -> int:
    """Replace every file that is a link, or has several names, by a copy of its own.

    Returns
    -------
    int
        How many there were.
    """
    found = [
        path
        for folder in folders
        for path in Path(folder).rglob("*")
        if path.is_file() and (path.is_symlink() or path.stat().st_nlink > 1)
    ]
    for path in found:
        with atomic_path(path) as copy:
            shutil.copyfile(path, copy)
            shutil.copystat(path, copy)
            copy.chmod(0o644)
    return len(found)
