"""What a job asks a cluster for: memory, time and disk, by the size of what it reads.

Each need is a line over the size of the input files in MB, laid above every measurement by
``benchmarks/fit_resources.py``, which prints the table below. An attempt after a failure asks for
twice as much as the one before. On one machine nothing of this holds a job back.
"""

import math
from dataclasses import dataclass

# Snakemake itself, which starts the job on the node; measured at 250 MB a process, of which a
# SLURM job holds two.
SNAKEMAKE_MB = 500
# No job is measured so exactly that less would do.
LEAST_MINUTES = 5
LEAST_DISK_MB = 100


@dataclass(frozen=True)
class Need:
    """What a rule needs, measured.

    Attributes
    ----------
    memory_mb, memory_per_mb : float
        Peak resident memory in MB: for no input, and more for each MB of input.
    seconds, seconds_per_mb : float
        Wall-clock time in one thread, on the same terms.
    disk_per_mb : float
        Size of the outputs in MB for each MB of input.
    """

    memory_mb: float
    memory_per_mb: float
    seconds: float
    seconds_per_mb: float
    disk_per_mb: float

    def memory(self, size_mb: float, attempt: int) -> int:
        """Give the memory to ask for in MB."""
        job = self.memory_mb + self.memory_per_mb * size_mb
        return math.ceil((SNAKEMAKE_MB + job) * _growth(attempt))

    def minutes(self, size_mb: float, attempt: int) -> int:
        """Give the time to ask for in minutes."""
        job = (self.seconds + self.seconds_per_mb * size_mb) / 60
        return math.ceil((LEAST_MINUTES + job) * _growth(attempt))

    def disk(self, size_mb: float, attempt: int) -> int:
        """Give the disk to ask for in MB: for the inputs, the outputs and a temporary copy."""
        job = (1 + 2 * self.disk_per_mb) * size_mb
        return math.ceil((LEAST_DISK_MB + job) * _growth(attempt))


def _growth(attempt: int) -> int:
    growth: int = 2 ** (attempt - 1)
    return growth


NEEDS = {
    "download_data": Need(146, 0, 3, 0, 0),
    "process_features": Need(333, 19.5, 13, 3.6, 0.3),
    "train_model": Need(340, 211.5, 65, 80.3, 13.9),
    "evaluate_model": Need(329, 100.3, 15, 50.4, 1.4),
    "compare_models": Need(166, 104.8, 1, 41.9, 0.3),
    "check_leakage": Need(274, 90.3, 4, 25.2, 0.1),
    "name_champion": Need(308, 64.3, 6, 36.1, 0.7),
    "enforce_gates": Need(146, 0, 3, 0, 0),
}
