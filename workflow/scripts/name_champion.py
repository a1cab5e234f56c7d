"""Name the champion of the run."""

from typing import TYPE_CHECKING

from churn import champion, jobs

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the champion, and put it into office."""
    champion.name_champion(
        dict(snakemake.input.items()),
        "results/champion",
        snakemake.output.champion,
        **dict(snakemake.params.items()),
    )


jobs.run(main, snakemake.log[0], "name_champion")
