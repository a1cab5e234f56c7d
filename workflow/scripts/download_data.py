"""Bring the raw table into results/ and note what it is."""

from typing import TYPE_CHECKING

from churn import credentials, jobs, sources

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Fetch the configured source."""
    source = credentials.restored(snakemake.params.source)
    sources.download_data(source, snakemake.output.raw, snakemake.output.facts)


jobs.run(main, snakemake.log[0], "download_data")
