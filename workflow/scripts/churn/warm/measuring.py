"""Measuring jobs that are done by a warm process, for Snakemake's benchmark files.

Snakemake samples the process it has started and that one's children. A warm job is neither, so
the sampler is led to it, and in the end the kernel's own account of the job is taken: unlike
samples it misses neither the last half-second nor a short job.
"""

import contextlib
import json
from pathlib import Path
from typing import Any


def following(timer: type, process: type, folder: Path) -> type:
    """Derive a sampler that follows the warm jobs.

    Parameters
    ----------
    timer : type
        Snakemake's: ``snakemake.benchmark.BenchmarkTimer``.
    process : type
        What it looks at: ``psutil.Process``.
    folder : Path
        Where the warm process says which child works for whom.

    Returns
    -------
    type
        To take the place of `timer`.
    """

    class FollowingTimer(timer):  # type: ignore[misc]
        """Looks at the warm child that works for the process it is to look at."""

        main: Any

        def work(self) -> None:
            """Take a sample."""
            # Loaded by then; Snakemake samples with it.
            import psutil

            # The job may end in between.
            with contextlib.suppress(OSError, ValueError, psutil.NoSuchProcess):
                job = int((folder / f"{self.pid}.job").read_text())
                if self.main.pid != job:
                    self.main = process(job)
            super().work()

        def cancel(self) -> None:
            """End, and take the account of a warm job."""
            super().cancel()
            with contextlib.suppress(OSError, ValueError):
                account = json.loads((folder / f"{self.pid}.usage").read_text())
                take_account(self.bench_record, account)

    return FollowingTimer


def take_account(record: Any, account: dict[str, float]) -> None:
    """Put what a job has used into Snakemake's record of it.

    Parameters
    ----------
    record : BenchmarkRecord
        Changed in place.
    account : dict
        ``cpu_seconds`` and ``peak_memory_kib`` as the kernel counted them.
    """
    record.data_collected = True
    record.cpu_time = account["cpu_seconds"]
    # In per cent and seconds: the mean load is this by the running time.
    record.cpu_usage = 100 * account["cpu_seconds"]
    # The kernel knows the largest process alone; samples add up those that a job starts.
    record.max_rss = max(account["peak_memory_kib"] / 1024, record.max_rss or 0)
