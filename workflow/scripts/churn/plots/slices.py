"""How models do for groups of customers."""

import json

import altair as alt

from churn import titles
from churn.plots.results import Results
from churn.plots.theme import Chart, Models, Page, Plot, Row, Rows, Table, data, faded, on

AXIS = alt.Axis(minExtent=150, titleAngle=0, titleAlign="right", titleX=-150, labelLimit=140)
CHOICES = ("roc_auc", "average_precision", "recall", "precision", "brier", "calibration_error")
TABLE = ("roc_auc", "recall", "precision", "calibration_error")
NO_GAP, GAP = "no gap beyond noise", "worse than for the others, beyond noise"
# The gap that each metric shows.
GAPS = {
    "roc_auc": "roc_auc",
    "recall": "recall",
    "precision": "precision",
    "calibration_error": "calibration",
}


TOOLTIP = [
    alt.Tooltip("model:N", title="Model"),
    alt.Tooltip("column:N", title="Column"),
    alt.Tooltip("group:N", title="Group"),
    alt.Tooltip("rows:Q", title="Customers", format=","),
    alt.Tooltip("churned:Q", title="of them churned", format=","),
    alt.Tooltip("value:Q", title="Value", format=".3f"),
    alt.Tooltip("low:Q", title="from", format=".3f"),
    alt.Tooltip("high:Q", title="to", format=".3f"),
    alt.Tooltip("gap:N", title="Gap"),
]


def page(results: Results, models: Models) -> Page:
    """Draw metrics and intervals of every group, gaps and small groups marked."""
    slices = results.reports[results.ranked[0]]["slices"]
    charts = [_chart(results, models)] if slices else []
    tables = [Table(f"{model}, test set", _table(results, model)) for model in models.shown]
    lead = "How each model does for groups of customers of the test set."
    if not slices:
        lead += " No columns are configured for it (data.slices)."
    return Page("slices", "Slices", lead, charts, tables if slices else [])


def _chart(results: Results, models: Models) -> Chart:
    toggle = models.toggle()
    choice = alt.binding_select(
        options=list(CHOICES), labels=[titles.metric(name) for name in CHOICES], name="Metric: "
    )
    metric = alt.param(name="metric", value="roc_auc", bind=choice)
    columns = list(dict.fromkeys(row["column"] for row in _rows(results, models)))
    charts = [_column(column, results, models, toggle, column == columns[-1]) for column in columns]
    chart = alt.vconcat(*charts, spacing=14).resolve_scale(color="shared", x="shared")
    return Chart.of(
        "slices",
        "Metrics by group, with intervals",
        "A triangle marks a group for which a model is worse than for all other customers, beyond "
        "noise, at a level divided by the number of groups. Groups too small are not judged."
        f"{models.best_alone}",
        models.demand(chart.add_params(metric)),
        {"slices": _rows(results, models)},
    )


def _column(
    column: str, results: Results, models: Models, toggle: alt.Parameter, last: bool
) -> Plot:
    groups = list(
        dict.fromkeys(row["group"] for row in _rows(results, models) if row["column"] == column)
    )
    y = alt.Y("group:N", title=column, sort=groups, axis=AXIS, scale=alt.Scale(domain=groups))
    title = "Value on the test set" if last else None
    x = alt.X("value:Q", title=title, scale=alt.Scale(zero=False))
    source = alt.Chart(data("slices")).transform_filter(f"datum.column == {json.dumps(column)}")
    judged = models.on_demand(source.transform_filter("datum.metric == metric")).encode(
        y=y,
        yOffset=alt.YOffset("model:N", sort=models.shown),
        opacity=faded(toggle),
        color=models.encoding(),
    )
    bars = judged.mark_rule(strokeWidth=1.5).encode(x=on(x, "low"), x2="high:Q")
    points = (
        judged.properties(name=f"slices_{column}")
        .mark_point(filled=True)
        .encode(
            x=x,
            shape=alt.when(f"datum.gap == '{GAP}'")
            .then(alt.value("triangle-left"))
            .otherwise(alt.value("circle")),
            size=alt.when(f"datum.gap == '{GAP}'").then(alt.value(160)).otherwise(alt.value(50)),
            tooltip=TOOLTIP,
        )
        .add_params(toggle)
    )
    small = (
        source.transform_filter("datum.metric == 'small'")
        .mark_text(align="left", color="#78909C", fontStyle="italic", fontSize=11)
        .encode(x=alt.value(6), y=y, text="note:N")
    )
    height = len(groups) * (9 * len(models.shown) + 8)
    return alt.layer(bars, points, small).properties(width=560, height=height)


def _rows(results: Results, models: Models) -> Rows:
    rows = _everybody(results, models)
    for place, group in enumerate(results.reports[results.ranked[0]]["slices"]):
        where = {key: group[key] for key in ("column", "group", "rows", "churned")}
        if not group["judged"]:
            rows.append({**where, "metric": "small", "note": _too_small(group)})
            continue
        for model in models.shown:
            judged = results.reports[model]["slices"][place]
            for name in CHOICES:
                gap = GAP if GAPS.get(name) in judged["gaps"] else NO_GAP
                scores = judged["metrics"][name]
                rows.append(models.row(model, metric=name, gap=gap, **where, **scores))
    return rows


def _everybody(results: Results, models: Models) -> Rows:
    rows = []
    for model in models.shown:
        report = results.reports[model]
        matrix = report["confusion_matrix"]
        where = {
            "column": "All",
            "group": "customers",
            "rows": report["rows"],
            "churned": matrix["true_positives"] + matrix["false_negatives"],
        }
        for name in CHOICES:
            scores = report["metrics"][name]
            rows.append(models.row(model, metric=name, gap=NO_GAP, **where, **scores))
    return rows


def _too_small(group: Row) -> str:
    return f"too few to judge: {group['rows']:,} customers, {group['churned']:,} of them churned"


def _table(results: Results, model: str) -> list[dict[str, str]]:
    rows = []
    for group in results.reports[model]["slices"]:
        row = {
            "Column": group["column"],
            "Group": group["group"],
            "Customers": titles.count(group["rows"]),
            "Churned": titles.count(group["churned"]),
            "Mean predicted": titles.percent(group["predicted"]),
        }
        for name in TABLE:
            scores = group["metrics"].get(name)
            row[titles.METRICS[name]] = titles.interval(scores) if scores else "too few"
        row["Gaps"] = ", ".join(group["gaps"]) or "none" if group["judged"] else "not judged"
        rows.append(row)
    return rows
