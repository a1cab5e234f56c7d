"""What all plots share: colours of models, sizes, fonts, selections, the shape of a page.

The colours are those of Okabe and Ito (2008), which people with any colour vision can tell apart.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt

# Okabe and Ito's but for yellow, which is too pale for lines on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GREY = "#BDBDBD"
MARKED = "#000000"
Plot = alt.LayerChart | alt.FacetChart
OTHERS = "other models"
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
INK = "#37474F"
FAINT = "#ECEFF1"
DECIMALS = 5
CONFIG = {
    "font": FONT,
    "background": "white",
    "padding": 8,
    "view": {"stroke": None},
    "line": {"strokeWidth": 2},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": FAINT,
        "domainColor": "#B0BEC5",
        "tickColor": "#B0BEC5",
        "labelLimit": 240,
    },
    "legend": {
        "labelColor": INK,
        "titleColor": INK,
        "labelLimit": 340,
        "labelFontSize": 12,
        "titleFontWeight": "normal",
        "orient": "top",
        "columns": 3,
        "symbolOpacity": 1,
    },
    "header": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "labelLimit": 240},
    "title": {"color": INK, "fontSize": 13, "fontWeight": 600, "anchor": "start", "frame": "group"},
}

Row = dict[str, Any]
Rows = list[Row]


@dataclass(frozen=True)
class Models:
    """The models of a run and their colours.

    The best seven have a colour each, given out in the order of their names, so that a model
    keeps its colour when ranks change; all others are grey and share an entry in legends.

    Attributes
    ----------
    ranked : sequence of str
        Names, the best first.
    chance : collection of str
        Those that may be no better than chance. Where they would squeeze the others together,
        plots show them on demand.
    """

    ranked: Sequence[str]
    chance: Collection[str] = ()

    @property
    def shown(self) -> list[str]:
        """Those with a colour of their own, the best first."""
        return list(self.ranked[: len(COLORS)])

    def label(self, model: str) -> str:
        """Give the legend's entry for a model."""
        return model if model in self.shown else OTHERS

    def color(self, model: str) -> str:
        """Give a model's colour as a hexadecimal code."""
        return dict(zip(sorted(self.shown), COLORS, strict=False)).get(model, GREY)

    @property
    def labels(self) -> list[str]:
        """All entries of the legend."""
        return self.shown if len(self.shown) == len(self.ranked) else [*self.shown, OTHERS]

    @property
    def best_alone(self) -> str:
        """Say that only the best are shown, where that is so."""
        some, all_models = len(self.shown), len(self.ranked)
        return "" if some == all_models else f" Shown: the best {some} of {all_models} models."

    def row(self, model: str, **values: Any) -> Row:
        """Make a row of a model for a chart, its numbers rounded."""
        rounded = {
            key: round(value, DECIMALS) if isinstance(value, float) else value
            for key, value in values.items()
        }
        facts = {"model": model, "shown": self.label(model), **rounded}
        return facts | {"chance": True} if model in self.chance else facts

    def encoding(self, title: str | None = "Model") -> alt.Color:
        """Colour marks by model."""
        return alt.Color(
            "shown:N",
            title=title,
            scale=alt.Scale(domain=self.labels, range=[self.color(name) for name in self.labels]),
            sort=self.labels,
        )

    def toggle(self) -> alt.Parameter:
        """Let clicks in the legend show models alone."""
        return alt.selection_point(name="models", fields=["shown"], bind="legend", toggle="true")

    def on_demand(self, chart: Any) -> Any:
        """Leave out models no better than chance, unless a box is ticked."""
        if not self.chance:
            return chart
        return chart.transform_filter("chance || !datum.chance")

    def demand(self, chart: Any) -> Any:
        """Put the box there."""
        if not self.chance:
            return chart
        box = alt.binding_checkbox(name="Show models that may be no better than chance ")
        return chart.add_params(alt.param(name="chance", value=False, bind=box))

    def grid(self, draw: Callable[[str], Any], columns: int = 3) -> alt.ConcatChart:
        """Draw a chart for each of the shown models, side by side under their names."""
        charts = (draw(name).properties(title=name) for name in self.shown)
        return alt.concat(*charts, columns=columns)


def faded(toggle: alt.Parameter, opacity: float = 0.9) -> Any:
    """Fade the marks of models that are not chosen in the legend."""
    return alt.when(toggle).then(alt.value(opacity)).otherwise(alt.value(0.06))


def on(channel: Any, field: str) -> Any:
    """Give an axis like another one, for another number of the data."""
    copied = channel.copy()
    copied.shorthand = f"{field}:Q"
    return copied


def point(shape: str, *, hollow: bool, size: int = 90) -> dict[str, Any]:
    """Give the properties of a point that does not fade, filled with its colour or with white."""
    filled = {"filled": False, "fill": "white"} if hollow else {"filled": True}
    return {"shape": shape, "size": size, "strokeWidth": 2, "opacity": 1, **filled}


@dataclass(frozen=True)
class Chart:
    """A chart with its data.

    Attributes
    ----------
    name : str
        Name of its file.
    title, note : str
        What it shows, and how to read it.
    spec : dict
        A complete Vega-Lite specification.
    """

    name: str
    title: str
    note: str
    spec: dict[str, Any]

    @classmethod
    def of(
        cls, name: str, title: str, note: str, chart: alt.TopLevelMixin, data: Mapping[str, Rows]
    ) -> "Chart":
        """Put a chart on named data together with the data.

        Parameters
        ----------
        name, title, note : str
        chart : altair chart
            With `altair.NamedData` in it.
        data : mapping of str to list of dict
            The rows by name.
        """
        spec = chart.to_dict()
        return cls(name, title, note, spec | {"config": CONFIG, "datasets": dict(data)})


@dataclass(frozen=True)
class Table:
    """Rows with equal keys, under a title."""

    title: str
    rows: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Page:
    """Charts that are looked at together, and the same as numbers.

    Attributes
    ----------
    name : str
        Name of its file.
    title, lead : str
        What the page is about.
    charts : list of Chart
    tables : list of Table
    """

    name: str
    title: str
    lead: str
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def data(name: str) -> alt.NamedData:
    """Refer to data that `Chart.of` puts in."""
    return alt.NamedData(name=name)
