"""The customers: churn by value of every column, and what each column gives away alone."""

from typing import Any

import altair as alt

from churn import titles
from churn.plots.results import Results
from churn.plots.theme import MARKED, Chart, Page, Plot, Row, Rows, Table, data

MOST_COLUMNS = 24
MOST_GROUPS = 8
COLOR = "#607D8B"
AXIS = alt.Axis(minExtent=140, labelLimit=138, labelFontSize=10)


def page(results: Results) -> Page:
    """Draw the churn rate by column, and the ROC-AUC of every column alone."""
    profile = results.profile
    return Page(
        "customers",
        "Customers",
        f"{profile['rows']:,} customers, {titles.percent(profile['churn_rate'])} of them churned; "
        f"{profile['duplicate_rows']:,} have the same features as an earlier one.",
        [_alone(results), _churn_rates(results)],
        [Table("The columns", _table(results))],
    )


def _strongest(results: Results) -> list[Row]:
    known = results.profile["columns"]
    return [entry for entry in results.leakage["single_feature"] if entry["column"] in known]


def _alone(results: Results) -> Chart:
    shown = _strongest(results)[:MOST_COLUMNS]
    base = alt.Chart(data("alone")).encode(
        y=alt.Y("column:N", title=None, sort=None),
        x=alt.X(
            "roc_auc:Q",
            title="ROC-AUC of the column alone, on the training set",
            scale=alt.Scale(domain=[0.5, 1]),
        ),
    )
    bars = base.mark_bar(color=COLOR, height=9, clip=True).encode(
        x2=alt.datum(0.5),
        tooltip=[
            alt.Tooltip("column:N", title="Column"),
            alt.Tooltip("roc_auc:Q", title="ROC-AUC alone", format=".3f"),
        ],
    )
    return Chart.of(
        "single_columns",
        "What each column tells alone",
        "Close to 1, a column gives the answer away, which hints at a leak.",
        bars.properties(width=620, height=alt.Step(17)),
        {"alone": [{**entry, "roc_auc": round(entry["roc_auc"], 5)} for entry in shown]},
    )


def _churn_rates(results: Results) -> Chart:
    names = [entry["column"] for entry in _strongest(results)][:MOST_COLUMNS]
    overall = results.profile["churn_rate"]
    columns = {name: _groups(results.profile["columns"][name]) for name in names}
    top = max((row["rate"] for rows in columns.values() for row in rows), default=1.0)
    rows: dict[str, Rows] = {"overall": [{"rate": overall}]}
    charts = []
    for place, (name, groups) in enumerate(columns.items()):
        key = f"column_{place}"
        rows[key] = groups
        charts.append(_bars(key, name, results.profile["columns"][name], top))
    left_out = len(results.profile["columns"]) - len(names)
    return Chart.of(
        "churn_rates",
        "Churn rate by column",
        "Fifths of the customers for numbers. The line is the churn rate of all."
        + (f" {left_out} columns that tell less are left out." if left_out > 0 else ""),
        alt.concat(*charts, columns=3, spacing=16),
        rows,
    )


def _bars(key: str, name: str, facts: Row, top: float) -> Plot:
    x = alt.X(
        "rate:Q",
        title="Churn rate",
        scale=alt.Scale(domain=[0, top], nice=True),
        axis=alt.Axis(format=".0%", tickCount=3),
    )
    y = alt.Y("group:N", title=None, sort=None, axis=AXIS)
    bars = (
        alt.Chart(data(key))
        .mark_bar(color=COLOR, height={"band": 0.7})
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("group:N", title=name),
                alt.Tooltip("rate:Q", title="Churn rate", format=".1%"),
                alt.Tooltip("rows:Q", title="Customers", format=","),
            ],
        )
    )
    line = alt.Chart(data("overall")).mark_rule(color=MARKED, strokeDash=[3, 3]).encode(x="rate:Q")
    title: Any = name
    if facts["missing"]:
        title = alt.TitleParams(name, subtitle=f"{facts['missing']:,} missing", subtitleColor=COLOR)
    return alt.layer(bars, line).properties(title=title, width=125, height=alt.Step(17))


def _groups(facts: Row) -> Rows:
    """List a column's groups with churn rates: numbers in their order, common values first."""
    rates = facts["churn_rate"]
    if facts["type"] == "numeric":
        ordered = sorted(rates, key=lambda label: float(label.split(" to ")[0]))
        return [{"group": name, "rate": round(rates[name], 5)} for name in ordered]
    ordered = [name for name in facts["frequencies"] if name in rates]
    return [
        {"group": name, "rate": round(rates[name], 5), "rows": facts["frequencies"][name]}
        for name in ordered[:MOST_GROUPS]
    ]


def _table(results: Results) -> list[dict[str, str]]:
    alone = {entry["column"]: entry["roc_auc"] for entry in results.leakage["single_feature"]}
    rows = []
    for name, facts in results.profile["columns"].items():
        row = {
            "Column": name,
            "Type": facts["type"],
            "Missing": titles.count(facts["missing"]),
            "Distinct": titles.count(facts["distinct"]),
            "Values": _values(facts),
            "ROC-AUC alone": titles.number(alone[name]) if name in alone else "none",
        }
        rows.append(row)
    return rows


def _values(facts: Row) -> str:
    if facts["type"] == "categorical":
        common = list(facts["frequencies"].items())[:3]
        return ", ".join(f"{name} ({titles.count(rows)})" for name, rows in common)
    quantiles = facts["quantiles"]
    middle, low, high = (titles.number(quantiles[level]) for level in ("0.5", "0", "1"))
    return f"median {middle}, from {low} to {high}"
