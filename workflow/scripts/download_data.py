"""Bring the raw table into results/ and note what it is."""

from typing import TYPE_CHECKING

from churn import jobs, sources

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Fetch the configured source."""
    sources.download_data(snakemake.params.source, snakemake.output.raw, snakemake.output.facts)


jobs.run(main, snakemake.log[0], "download_data")
