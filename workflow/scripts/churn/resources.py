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
        Time in one thread, on the same terms.
    disk_per_mb : float
        Size of the outputs in MB for each MB of input.
    """

    memory_mb: float
    memory_per_mb: float
    seconds: float
    seconds_per_mb: float
    disk_per_mb: float

    def memory(self, size_mb: float, attempt: int, threads: int) -> int:
        """Give the memory to ask for in MB; what is done side by side needs it side by side."""
        job = self.memory_mb + self.memory_per_mb * size_mb * threads
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
    "download_data": Need(184, 0, 2, 0, 0),
    "process_features": Need(359, 9.9, 8, 0.5, 0.3),
    "train_model": Need(356, 160.5, 6, 201.8, 13.9),
    "evaluate_model": Need(356, 26.8, 15, 3.5, 1.4),
    "explain_model": Need(331, 163.5, 10, 11.6, 0.7),
    "compare_models": Need(192, 23.8, 4, 5.5, 0.3),
    "check_leakage": Need(297, 32.1, 5, 0.6, 0.1),
    "name_champion": Need(325, 23.5, 7, 1.6, 0.7),
    "draw_plots": Need(376, 22.9, 14, 0, 25.9),
    "write_model_card": Need(216, 0, 1, 0, 0),
    "enforce_gates": Need(184, 0, 3, 0, 0),
}
