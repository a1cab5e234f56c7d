"""Put all models of the run side by side."""

from typing import TYPE_CHECKING

from churn import comparison, jobs

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write leaderboard, comparison and the configuration behind them."""
    comparison.compare_models(
        dict(snakemake.input.items()),
        dict(snakemake.output.items()),
        **dict(snakemake.params.items()),
    )


jobs.run(main, snakemake.log[0], "compare_models")
