"""Look for signs that the test set, or a feature, gives the answer away."""

from typing import TYPE_CHECKING

from churn import jobs, leakage

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the signs of leaks."""
    leakage.check_leakage(snakemake.input.train, snakemake.input.test, snakemake.output.signals)


jobs.run(main, snakemake.log[0], "check_leakage")
