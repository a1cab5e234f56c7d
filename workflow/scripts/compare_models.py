"""Put all models of the run side by side and name the best."""

from typing import TYPE_CHECKING

from churn import comparison, jobs

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write leaderboard and champion."""
    comparison.compare_models(
        snakemake.input.reports,
        **dict(snakemake.output.items()),
        **dict(snakemake.params.items()),
    )


jobs.run(main, snakemake.log[0], "compare_models")
