"""Check and clean the raw table, describe it, and split off the test set."""

from typing import TYPE_CHECKING

from churn import features, jobs

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write training set, test set and profile."""
    features.process_features(
        snakemake.input.raw, **dict(snakemake.output.items()), **dict(snakemake.params.items())
    )


jobs.run(main, snakemake.log[0], "process_features")
