"""The figures as a plot."""

from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import altair
from scenarios import PEERS, SCENARIOS
from tables import OWN, values

WIDTH = 420


def draw(records: Mapping[str, Any], path: Path) -> None:
    """Draw the wall seconds of all peers, a panel a scenario.

    Parameters
    ----------
    records : mapping
        By scenario, as `records.all_records` gives them.
    path : Path
        SVG file.
    """
    panels = [
        panel(SCENARIOS[name].title, records[name]["rounds"])
        for name in SCENARIOS
        if name in records
    ]
    altair.vconcat(*panels).configure_view(strokeWidth=0).save(str(path))


def panel(title: str, rounds: list[Mapping[str, Any]]) -> altair.LayerChart:
    """Draw medians as bars and the range over the rounds as lines."""
    found = {peer: values(rounds, peer) for peer in PEERS}
    data = altair.Data(
        values=[
            {
                "peer": PEERS[peer].name.replace("`", ""),
                "seconds": median(seconds),
                "least": min(seconds),
                "greatest": max(seconds),
                "label": f"{median(seconds):.1f}",
                "own": peer == OWN,
            }
            for peer, seconds in found.items()
            if seconds
        ]
    )
    base = altair.Chart(data, title=title, width=WIDTH).encode(
        y=altair.Y("peer:N", sort="x", title=None, axis=altair.Axis(labelLimit=300))
    )
    color = altair.condition("datum.own", altair.value("#1b6ca8"), altair.value("#b9c4cc"))
    bars = base.mark_bar().encode(x=altair.X("seconds:Q", title="wall seconds"), color=color)
    ranges = base.mark_rule().encode(x="least:Q", x2="greatest:Q")
    labels = base.mark_text(align="left", dx=4).encode(x="greatest:Q", text="label:N")
    return bars + ranges + labels
