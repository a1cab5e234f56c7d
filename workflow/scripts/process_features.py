"""Check and clean the raw table, describe it, and split off the test set."""

from typing import TYPE_CHECKING

from churn import features, files, jobs

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write training set, test set and profile."""
    files.check_digest(snakemake.input.raw, snakemake.input.facts)
    features.process_features(
        snakemake.input.raw, **dict(snakemake.output.items()), **dict(snakemake.params.items())
    )


jobs.run(main, snakemake.log[0], "process_features")
