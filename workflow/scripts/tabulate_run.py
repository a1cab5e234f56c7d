"""Write metrics and curves in the form that DVC compares."""

from typing import TYPE_CHECKING

from churn import jobs, version_views

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write a file of metrics for each model, and points of curves."""
    version_views.write_views(
        list(snakemake.input.reports),
        list(snakemake.input.curves),
        dict(snakemake.output.items()),
    )


jobs.run(main, snakemake.log[0], "tabulate_run")
