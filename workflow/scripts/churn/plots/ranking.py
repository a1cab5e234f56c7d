"""How well models rank customers: ROC, precision and recall, gain, lift."""

from dataclasses import dataclass
from typing import Literal

import altair as alt

from churn.plots.results import Results, scores
from churn.plots.theme import GREY, Chart, Models, Page, Plot, Rows, Table, data, faded

WIDTH, HEIGHT = 350, 270


@dataclass(frozen=True)
class Curve:
    """A curve of every model: its data's name, its axes with titles and formats."""

    name: str
    title: str
    x: str
    x_title: str
    y: str
    y_title: str
    y_format: str = ".0%"
    interpolate: Literal["linear", "step-before"] = "linear"


CURVES = (
    Curve(
        "roc",
        "ROC curve",
        "false_positive_rate",
        "False positive rate (share of those who stay)",
        "true_positive_rate",
        "True positive rate (share of churners)",
    ),
    Curve(
        "precision_recall",
        "Precision and recall",
        "recall",
        "Recall (share of churners found)",
        "precision",
        "Precision (churners among those flagged)",
        # Precision does not change in a line between two thresholds (Davis and Goadrich, 2006).
        interpolate="step-before",
    ),
    Curve(
        "gain",
        "Cumulative gain",
        "contacted",
        "Customers contacted, likeliest first (share)",
        "captured",
        "Churners among them (share of all churners)",
    ),
    Curve(
        "lift",
        "Lift",
        "contacted",
        "Customers contacted, likeliest first (share)",
        "lift",
        "Lift (multiple of a random choice)",
        ".1f",
    ),
)
TABLE = ("roc_auc", "average_precision", "lift_at_10")


def page(results: Results, models: Models) -> Page:
    """Draw the curves of all models over each other, with a legend for all."""
    churn_rate = results.reports[results.ranked[0]]["churn_rate"]
    toggle = models.toggle()
    charts = alt.concat(*(_curve(curve, models, toggle) for curve in CURVES), columns=2)
    rows = {curve.name: _rows(curve, results, models) for curve in CURVES}
    rows |= {f"{name}_chance": line for name, line in _chance(churn_rate).items()}
    chart = Chart.of(
        "ranking",
        "ROC, precision and recall, gain, lift",
        "Grey dashes: what a random order of the customers gives.",
        charts.resolve_scale(color="shared"),
        rows,
    )
    return Page(
        "ranking",
        "Ranking",
        "How well each model puts churners before those who stay, on the test set.",
        [chart],
        [Table("On the test set, with intervals, and in cross-validation", scores(results, TABLE))],
    )


def _curve(curve: Curve, models: Models, toggle: alt.Parameter) -> Plot:
    x = alt.X("x:Q", title=curve.x_title, scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("y:Q", title=curve.y_title, axis=alt.Axis(format=curve.y_format))
    if curve.y_format.endswith("%"):
        y = y.scale(domain=[0, 1])
    chance = (
        alt.Chart(data(f"{curve.name}_chance"))
        .mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1.5)
        .encode(x=x.axis(format=".0%"), y=y)
    )
    lines = (
        alt.Chart(data(curve.name), name=curve.name)
        .mark_line(interpolate=curve.interpolate)
        .encode(
            x=x,
            y=y,
            detail="model:N",
            color=models.encoding(),
            opacity=faded(toggle),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("x:Q", title=curve.x_title, format=".1%"),
                alt.Tooltip("y:Q", title=curve.y_title, format=curve.y_format),
            ],
        )
        .add_params(toggle)
    )
    return alt.layer(chance, lines).properties(title=curve.title, width=WIDTH, height=HEIGHT)


def _rows(curve: Curve, results: Results, models: Models) -> Rows:
    rows = []
    # The best last, on top of the others.
    for model in reversed(results.ranked):
        points = results.curves[model][curve.name]
        pairs = zip(points[curve.x], points[curve.y], strict=True)
        rows += [models.row(model, x=x, y=y, place=place) for place, (x, y) in enumerate(pairs)]
    return rows


def _chance(churn_rate: float) -> dict[str, Rows]:
    def line(start: float, end: float) -> Rows:
        return [{"x": 0, "y": start}, {"x": 1, "y": end}]

    return {
        "roc": line(0, 1),
        "precision_recall": line(churn_rate, churn_rate),
        "gain": line(0, 1),
        "lift": line(1, 1),
    }
