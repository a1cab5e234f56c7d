"""Write the model card of a run's best model."""

from typing import TYPE_CHECKING

from churn import jobs, model_card

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the card as Markdown and as HTML."""
    model_card.write_model_card(
        dict(snakemake.input.items()),
        dict(snakemake.output.items()),
        **dict(snakemake.params.items()),
    )


jobs.run(main, snakemake.log[0], "write_model_card")
