"""Explain one model by the columns of the customers."""

from typing import TYPE_CHECKING

from churn import explanations, jobs

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write importances and partial dependences."""
    explanations.explain_model(
        snakemake.wildcards.model,
        dict(snakemake.input.items()),
        snakemake.output.explanation,
        **dict(snakemake.params.items()),
    )


jobs.run(main, snakemake.log[0], f"explain_model {snakemake.wildcards.model}")
