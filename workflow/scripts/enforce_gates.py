"""Fail if the quality gates refused the champion."""

from typing import TYPE_CHECKING

from churn import gates, jobs

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Raise what the gates found."""
    gates.enforce(snakemake.input.champion, snakemake.output.passed)


jobs.run(main, snakemake.log[0], "enforce_gates")
