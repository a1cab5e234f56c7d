"""Cross-validate and fit one model."""

from typing import TYPE_CHECKING

from churn import jobs, training

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the model, its scores, its out-of-fold predictions and its configuration."""
    training.train_model(
        snakemake.wildcards.model,
        snakemake.input.train,
        dict(snakemake.output.items()),
        **dict(snakemake.params.items()),
        threads=snakemake.threads,
    )


jobs.run(main, snakemake.log[0], f"train_model {snakemake.wildcards.model}")
