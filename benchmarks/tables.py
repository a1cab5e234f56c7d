"""The figures as Markdown."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from statistics import median

from peers.base import Peer, Work

PACKAGES = ("snakemake", "dvc", "scikit-learn", "pandas", "joblib")


def as_markdown(peers: Sequence[Peer], work: Work, seconds: Sequence[Sequence[float]]) -> str:
    """Tabulate the wall seconds, and their ratios to the references.

    Parameters
    ----------
    peers : sequence of Peer
        Who ran.
    work : Work
        What each did.
    seconds : sequence of sequence of float
        Wall seconds: for each peer one a round.

    Returns
    -------
    str
        Two tables with what they were measured on.
    """
    measured = list(zip(peers, seconds, strict=True))
    times = [[peer.name, *spread(own)] for peer, own in measured]
    references = {peer.name: own for peer, own in measured if peer.reference}
    ratios = [
        [peer.name, *(as_ratio(own, reference) for reference in references.values())]
        for peer, own in measured
        if not peer.reference
    ]
    lines = [
        f"Cold run of the four stages for {', '.join(work.models)}.",
        circumstances(work, len(seconds[0])),
        "",
        *table(["wall seconds", "median", "min", "max"], times),
        "",
        "Wall time relative to a reference (below 1 is faster): median (min to max) of the ratios",
        "within each round.",
        "",
        *table(["relative to", *references], ratios),
    ]
    return "\n".join(lines) + "\n"


def circumstances(work: Work, rounds: int) -> str:
    """Say what the figures hold for."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Rounds: {rounds}. Cores: {work.cores}. {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {packages}."
    )


def spread(values: Sequence[float]) -> list[str]:
    """Give median, least and greatest."""
    return [f"{value:.1f}" for value in (median(values), min(values), max(values))]


def as_ratio(values: Sequence[float], reference: Sequence[float]) -> str:
    """Give median and range of the ratios within each round."""
    ratios = [value / other for value, other in zip(values, reference, strict=True)]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out a Markdown table whose first column is text and the rest figures."""
    rule = ["---", *("---:" for _ in header[1:])]
    return [f"| {' | '.join(cells)} |" for cells in (header, rule, *rows)]
