"""Draw the results of a run."""

from typing import TYPE_CHECKING

from churn import jobs
from churn.plots import drawing

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the pages and the specifications of their charts."""
    drawing.draw_plots(
        dict(snakemake.input.items()),
        dict(snakemake.output.items()),
        threads=snakemake.threads,
    )


jobs.run(main, snakemake.log[0], "draw_plots")
