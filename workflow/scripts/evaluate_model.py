"""Judge one model on the test set."""

from typing import TYPE_CHECKING

from churn import evaluation, jobs

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write report, curves and predictions."""
    evaluation.evaluate_model(
        snakemake.wildcards.model,
        dict(snakemake.input.items()),
        dict(snakemake.output.items()),
        **dict(snakemake.params.items()),
        threads=snakemake.threads,
    )


jobs.run(main, snakemake.log[0], f"evaluate_model {snakemake.wildcards.model}")
