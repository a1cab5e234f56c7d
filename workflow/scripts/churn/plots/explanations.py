"""What models go by: importance of the columns, and how the prediction follows them."""

from collections.abc import Mapping
from typing import Any

import altair as alt

from churn import titles
from churn.plots.results import Results
from churn.plots.theme import GREY, Chart, Models, Page, Plot, Rows, Table, data, faded, on

MOST_COLUMNS = 15
MOST_DEPENDENCES = 9
LONGEST_LABEL = 24


def page(results: Results, models: Models) -> Page:
    """Draw permutation importance and partial dependence on the raw columns."""
    return Page(
        "explanations",
        "Explanations",
        "What the models go by, on the columns as they stand in the table. These are "
        "associations, not causes.",
        [_importance(results, models), _dependence(results, models)],
        [Table("Loss of ROC-AUC when a column is shuffled, with intervals", _table(results))],
    )


def columns_by_importance(results: Results, models: Models) -> list[str]:
    """Name the columns, the most important to any of the shown models first."""
    largest: dict[str, float] = {}
    for model in models.shown:
        for entry in results.explanations[model]["importance"]:
            name = entry["column"]
            largest[name] = max(entry["mean"], largest.get(name, entry["mean"]))
    return sorted(largest, key=lambda name: (-largest[name], name))


def _importance(results: Results, models: Models) -> Chart:
    toggle = models.toggle()
    columns = columns_by_importance(results, models)
    shown = columns[:MOST_COLUMNS]
    rows: Rows = []
    for model in models.shown:
        for entry in results.explanations[model]["importance"]:
            if entry["column"] in shown:
                rows.append(models.row(model, **entry))
    y = alt.Y("column:N", title=None, sort=shown)
    x = alt.X("mean:Q", title="Loss of ROC-AUC when the column is shuffled")
    base = alt.Chart(data("importance")).encode(
        y=y,
        yOffset=alt.YOffset("model:N", sort=models.shown),
        color=models.encoding(),
        opacity=faded(toggle),
    )
    bars = base.mark_rule(strokeWidth=1.5).encode(x=on(x, "low"), x2="high:Q")
    points = (
        base.properties(name="importance")
        .mark_point(filled=True, size=50)
        .encode(
            x=x,
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("column:N", title="Column"),
                alt.Tooltip("mean:Q", title="Loss", format=".4f"),
                alt.Tooltip("low:Q", title="from", format=".4f"),
                alt.Tooltip("high:Q", title="to", format=".4f"),
            ],
        )
        .add_params(toggle)
    )
    zero = alt.Chart(data("zero")).mark_rule(color=GREY).encode(x="at:Q")
    left_out = len(columns) - len(shown)
    return Chart.of(
        "importance",
        "Permutation importance",
        "How much worse a model ranks when the values of a column are shuffled; bars are "
        f"intervals.{models.best_alone}"
        + (f" The {left_out} least important columns are left out." if left_out else ""),
        alt.layer(zero, bars, points).properties(
            width=620, height=alt.Step(max(7, 30 // len(models.shown)))
        ),
        {"importance": rows, "zero": [{"at": 0}]},
    )


def _dependence(results: Results, models: Models) -> Chart:
    toggle = models.toggle()
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for model in models.shown:
        for curve in results.explanations[model]["partial_dependence"]:
            found.setdefault(curve["column"], {})[model] = curve
    order = [name for name in columns_by_importance(results, models) if name in found]
    order = order[:MOST_DEPENDENCES]
    curves = [curve for name in order for curve in found[name].values()]
    top = max((max(curve["high"]) for curve in curves), default=1.0)
    draw = {"numeric": _line, "categorical": _points}
    charts, rows = [], {}
    for place, name in enumerate(order):
        key = f"dependence_{place}"
        kind = next(iter(found[name].values()))["kind"]
        chart = draw[kind](key, name, top, models, toggle)
        charts.append(chart.properties(width=195, height=160))
        rows[key] = [
            models.row(model, **point)
            for model, curve in found[name].items()
            for point in _points_of(curve)
        ]
    return Chart.of(
        "partial_dependence",
        "Partial dependence",
        "The mean predicted probability if every customer had the value on the axis; bands and "
        f"bars are intervals.{models.best_alone}",
        alt.concat(*charts, columns=3).resolve_scale(color="shared"),
        rows,
    )


def _points_of(curve: Mapping[str, Any]) -> Rows:
    names = ("average", "low", "high")
    values = zip(curve["grid"], *(curve[name] for name in names), strict=True)
    return [{"at": at, **dict(zip(names, rest, strict=True))} for at, *rest in values]


def _line(key: str, column: str, top: float, models: Models, toggle: alt.Parameter) -> Plot:
    x = alt.X("at:Q", title=column, scale=alt.Scale(zero=False, nice=False))
    y = _predicted(top)
    base = alt.Chart(data(key)).encode(x=x, color=models.encoding(), detail="model:N")
    band = base.mark_area(strokeWidth=0).encode(
        y=on(y, "low"), y2="high:Q", opacity=faded(toggle, 0.15)
    )
    line = (
        base.properties(name=key)
        .mark_line()
        .encode(y=y, opacity=faded(toggle), tooltip=_tooltip(column, "Q"))
        .add_params(toggle)
    )
    return alt.layer(band, line)


def _points(key: str, column: str, top: float, models: Models, toggle: alt.Parameter) -> Plot:
    angle = alt.Axis(labelAngle=-25, labelLimit=150, labelFontSize=10)
    x = alt.X("at:N", title=column, sort=None, axis=angle)
    y = _predicted(top)
    base = alt.Chart(data(key)).encode(
        x=x,
        xOffset=alt.XOffset("model:N", sort=models.shown),
        color=models.encoding(),
        opacity=faded(toggle),
    )
    bars = base.mark_rule(strokeWidth=1.5).encode(y=on(y, "low"), y2="high:Q")
    points = (
        base.properties(name=key)
        .mark_point(filled=True, size=40)
        .encode(y=y, tooltip=_tooltip(column, "N"))
        .add_params(toggle)
    )
    return alt.layer(bars, points)


def _predicted(top: float) -> alt.Y:
    return alt.Y(
        "average:Q",
        title="Mean predicted probability",
        scale=alt.Scale(domain=[0, min(1.0, 1.05 * top)]),
        axis=alt.Axis(format=".0%", minExtent=36),
    )


def _tooltip(column: str, kind: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip(f"at:{kind}", title=column),
        alt.Tooltip("average:Q", title="Mean predicted", format=".1%"),
        alt.Tooltip("low:Q", title="from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
    ]


def _table(results: Results) -> list[dict[str, str]]:
    by_model = {
        model: {
            entry["column"]: {**entry, "value": entry["mean"]}
            for entry in results.explanations[model]["importance"]
        }
        for model in results.ranked
    }
    everywhere = Models(results.ranked)
    return [
        {"Column": column}
        | {model: titles.interval(by_model[model][column]) for model in everywhere.shown}
        for column in columns_by_importance(results, everywhere)
    ]
