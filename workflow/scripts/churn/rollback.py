"""Keep what a run is about to overwrite, and put it back where the run did not finish.

Snakemake deletes a job's earlier outputs before the job starts, so that a job that fails takes
the last good results with it. (Its own ``update()`` flag restores them, but records the failed
job's parameters as theirs, and the next run finds nothing to do.)
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path


class Rollback:
    """The earlier results of one run, held as hard links.

    Parameters
    ----------
    folder : Path
        A folder of its own on the file system of the results; what an earlier run left there
        is deleted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)

    def keep(self, paths: Iterable[str]) -> None:
        """Remember the files at `paths` (relative to the working directory) that exist."""
        for path in paths:
            if Path(path).is_file():
                kept = self.folder / path
                kept.parent.mkdir(parents=True, exist_ok=True)
                # Results are replaced, never changed in place, so a link holds the old content.
                os.link(path, kept)

    def restore(self, paths: Iterable[str]) -> list[str]:
        """Put back those of `paths` that were kept, and tell which."""
        restored = []
        for path in paths:
            kept = self.folder / path
            if kept.is_file():
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                kept.replace(path)
                restored.append(path)
        return restored

    def discard(self) -> None:
        """Forget what was kept."""
        shutil.rmtree(self.folder, ignore_errors=True)
