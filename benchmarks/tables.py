"""The figures as Markdown."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from scenarios import PEERS, SCENARIOS

OWN = "workflow"
NOTE = (
    "Wall seconds and processor seconds of the whole command, and the wall time of this workflow "
    "relative to each peer (below 1: this workflow is faster), taken within each round."
)


def as_markdown(records: Mapping[str, Any]) -> str:
    """Tabulate all scenarios that were measured.

    Parameters
    ----------
    records : mapping
        By scenario, as `records.all_records` gives them.

    Returns
    -------
    str
    """
    parts = ["# Speed, side by side", "", NOTE, "", *overview(records), ""]
    for name in (name for name in SCENARIOS if name in records):
        record = records[name]
        parts += [f"## {SCENARIOS[name].title}", "", circumstances(record), ""]
        parts += [*table(HEADER, rows(record["rounds"])), ""]
    return "\n".join(parts)


def overview(records: Mapping[str, Any]) -> list[str]:
    """Tabulate the median ratios of all scenarios, as the README of the project has them.

    A peer that was measured in only one of several stands in that one's own table.
    """
    found = [name for name in SCENARIOS if name in records]
    times = {p: sum(bool(values(records[n]["rounds"], p)) for n in found) for p in PEERS}
    others = [peer for peer in PEERS if peer != OWN and times[peer] >= min(2, len(found))]
    lines = []
    for name in found:
        rounds = records[name]["rounds"]
        cells = [f"{median(own):.2f}" if (own := ratios(rounds, peer)) else "" for peer in others]
        lines.append([SCENARIOS[name].title, f"{median(values(rounds, OWN)):.1f}", *cells])
    header = ("", "this workflow, s", *(f": {PEERS[peer].name}" for peer in others))
    return table(header, lines)


HEADER = ("", "median s", "min", "max", "processor s", "this workflow : it, median (min to max)")


def rows(rounds: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Give a line a peer, the fastest first."""
    found = {peer: values(rounds, peer) for peer in PEERS}
    ranked = sorted((own for own in found if found[own]), key=lambda peer: median(found[peer]))
    return [
        [
            PEERS[peer].name,
            *(f"{value:.2f}" for value in spread(found[peer])),
            f"{median(values(rounds, peer, 'cpu_seconds')):.2f}",
            "" if peer == OWN else as_ratio(rounds, peer),
        ]
        for peer in ranked
    ]


def values(rounds: Sequence[Mapping[str, Any]], peer: str, what: str = "seconds") -> list[float]:
    """Give what a peer took in each round."""
    return [float(one[peer][what]) for one in rounds if peer in one]


def spread(found: Sequence[float]) -> tuple[float, float, float]:
    """Give median, least and greatest."""
    return median(found), min(found), max(found)


def as_ratio(rounds: Sequence[Mapping[str, Any]], peer: str) -> str:
    """Give median and range of the ratios within each round."""
    found = ratios(rounds, peer)
    if not found:
        return ""
    middle, least, greatest = spread(found)
    return f"{middle:.2f} ({least:.2f} to {greatest:.2f})"


def ratios(rounds: Sequence[Mapping[str, Any]], peer: str) -> list[float]:
    """Give what the workflow took relative to a peer in each round."""
    both = [one for one in rounds if peer in one and OWN in one]
    return [one[OWN]["seconds"] / one[peer]["seconds"] for one in both]


def circumstances(record: Mapping[str, Any]) -> str:
    """Say what the figures hold for."""
    facts, rounds = record["circumstances"], record["rounds"]
    loads = [run["load"] for one in rounds for run in one.values()]
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    return (
        f"Rounds: {len(rounds)}. Cores: {facts['cores']}. Mean load: {median(loads):.1f}. "
        f"Table: {facts['table']}. {facts['machine']}, Python {facts['python']}, {packages}."
    )


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> list[str]:
    """Lay out a Markdown table whose first column is text and the rest figures."""
    rule = ["---", *("---:" for _ in header[1:])]
    return [f"| {' | '.join(cells)} |" for cells in (header, rule, *lines)]
