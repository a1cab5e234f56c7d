"""What each decision threshold is worth: the choice, its regret, and who is then contacted."""

import json

import altair as alt

from churn import titles
from churn.plots.results import Results
from churn.plots.theme import MARKED, Chart, Models, Page, Plot, Rows, Table, data, faded, point

WIDTH, HEIGHT = 350, 300
CHOSEN, BEST = "chosen out of fold", "best on the test set"
LOOKS = {BEST: point("diamond", hollow=True), CHOSEN: point("circle", hollow=False)}
STAYS, CHURNS = "stays", "churns"


def page(results: Results, models: Models) -> Page:
    """Draw worth over threshold and over customers contacted, and confusion matrices."""
    decision = results.reports[results.ranked[0]]["decision"]
    return Page(
        "decision",
        "Decision",
        f"The threshold is chosen by {decision['title']}, from out-of-fold predictions alone, "
        "and judged on the test set.",
        [_worth(results, models), _confusion(results, models)],
        [
            Table("Thresholds and what they are worth on the test set", _choices(results)),
            Table("Decisions on the test set", _decisions(results)),
        ],
    )


def _worth(results: Results, models: Models) -> Chart:
    toggle = models.toggle()
    first = results.curves[results.ranked[0]]["decision"]
    y_title = f"{first['title'][0].upper()}{first['title'][1:]}"
    if first["unit"] and not y_title.endswith(first["unit"]):
        y_title += f" {first['unit']}"
    axes = (
        ("threshold", "Threshold: contact from this probability of churn on"),
        ("contacted", "Customers contacted (share)"),
    )
    charts = (_lines(x, title, f"{y_title}, test set", models, toggle) for x, title in axes)
    return Chart.of(
        "decision",
        f"{y_title}: the choice and its regret",
        "Circle: the threshold chosen out of fold. Diamond: the best one on the test set, known "
        "only afterwards. The black line between them is the regret.",
        alt.hconcat(*charts).resolve_scale(color="shared"),
        {
            "decision": _curves(results, models),
            "choices": _marks(results, models),
            "regret": _regrets(results, models),
        },
    )


def _lines(x: str, x_title: str, y_title: str, models: Models, toggle: alt.Parameter) -> Plot:
    across = alt.X(
        f"{x}:Q", title=x_title, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%")
    )
    up = alt.Y("value:Q", title=y_title, scale=alt.Scale(zero=False))
    common = {"detail": "model:N", "opacity": faded(toggle)}
    lines = (
        alt.Chart(data("decision"), name=f"worth_by_{x}")
        .mark_line()
        .encode(
            x=across,
            y=up,
            color=models.encoding(),
            order=alt.Order("threshold:Q"),
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("threshold:Q", title="Threshold", format=".3f"),
                alt.Tooltip("contacted:Q", title="Contacted", format=".1%"),
                alt.Tooltip("value:Q", title=y_title, format=".4g"),
            ],
            **common,
        )
        .add_params(toggle)
    )
    regret = (
        alt.Chart(data("regret"))
        .mark_rule(strokeWidth=2, color=MARKED)
        .encode(x=across, x2=f"{x}_best:Q", y=up, y2="best:Q", **common)
    )
    marks = (
        alt.Chart(data("choices"))
        .transform_filter(f"datum.kind == '{kind}'")
        .mark_point(**look)
        .encode(
            x=across,
            y=up,
            color=models.encoding(),
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("kind:N", title="Threshold"),
                alt.Tooltip("threshold:Q", title="at", format=".3f"),
                alt.Tooltip("contacted:Q", title="Contacted", format=".1%"),
                alt.Tooltip("value:Q", title=y_title, format=".4g"),
                alt.Tooltip("regret:Q", title="Regret of the choice", format=".4g"),
            ],
            **common,
        )
        for kind, look in LOOKS.items()
    )
    return alt.layer(lines, regret, *marks).properties(width=WIDTH, height=HEIGHT)


def _curves(results: Results, models: Models) -> Rows:
    rows: Rows = []
    for model in reversed(results.ranked):
        curve = results.curves[model]["decision"]
        points = zip(curve["threshold"], curve["contacted"], curve["test"], strict=True)
        rows += [models.row(model, threshold=t, contacted=c, value=v) for t, c, v in points]
    return rows


def _marks(results: Results, models: Models) -> Rows:
    rows: Rows = []
    for model in reversed(results.ranked):
        decision = results.reports[model]["decision"]
        test = decision["test"]
        for kind, threshold, contacted, value in (
            (BEST, test["best_threshold"], test["best_contacted"], test["best"]),
            (CHOSEN, decision["threshold"], decision["contacted"], test["value"]),
        ):
            row = models.row(
                model,
                kind=kind,
                threshold=min(threshold, 1.0),
                contacted=contacted,
                value=value,
                regret=test["regret"],
            )
            rows.append(row)
    return rows


def _regrets(results: Results, models: Models) -> Rows:
    best, chosen = _marks(results, models)[::2], _marks(results, models)[1::2]
    return [
        {
            **there,
            "threshold_best": here["threshold"],
            "contacted_best": here["contacted"],
            "best": here["value"],
        }
        for here, there in zip(best, chosen, strict=True)
    ]


def _confusion(results: Results, models: Models) -> Chart:
    rows: Rows = []
    for model in models.shown:
        matrix = results.reports[model]["confusion_matrix"]
        for truth, decided, count, of in (
            (STAYS, STAYS, "true_negatives", "false_positives"),
            (STAYS, CHURNS, "false_positives", "true_negatives"),
            (CHURNS, STAYS, "false_negatives", "true_positives"),
            (CHURNS, CHURNS, "true_positives", "false_negatives"),
        ):
            share = matrix[count] / (matrix[count] + matrix[of])
            text = f"{matrix[count]:,}|{titles.percent(share)}"
            rows.append(
                models.row(
                    model, truth=truth, decided=decided, count=matrix[count], share=share, text=text
                )
            )
    x = alt.X("decided:N", title="Predicted", sort=[STAYS, CHURNS], axis=alt.Axis(labelAngle=0))
    y = alt.Y("truth:N", title="In truth", sort=[STAYS, CHURNS])
    base = alt.Chart(data("confusion"))
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        x=x,
        y=y,
        color=alt.Color(
            "share:Q",
            title="Share of the row",
            scale=alt.Scale(domain=[0, 1], range=["#F5F7F8", "#78909C"]),
            legend=None,
        ),
    )
    text = base.mark_text(lineBreak="|", fontSize=12, color="black", dy=-6, lineHeight=16).encode(
        x=x, y=y, text="text:N"
    )

    def matrix_of(model: str) -> Plot:
        layers = alt.layer(cells, text).transform_filter(f"datum.model == {json.dumps(model)}")
        return layers.properties(width=200, height=110)

    return Chart.of(
        "confusion",
        "Confusion matrices at the chosen thresholds",
        "Customers of the test set, and their share of the row: of those who stay, or churn, in "
        f"truth.{models.best_alone}",
        models.grid(matrix_of),
        {"confusion": rows},
    )


def _choices(results: Results) -> list[dict[str, str]]:
    rows = []
    for model in results.ranked:
        decision = results.reports[model]["decision"]
        test = decision["test"]
        rows.append(
            {
                "Model": model,
                "Threshold": titles.number(decision["threshold"]),
                "Contacted": titles.percent(decision["contacted"]),
                f"{decision['title']}, out of fold": titles.number(decision["out_of_fold"]),
                "On the test set": titles.number(test["value"]),
                "Best there": titles.number(test["best"]),
                "at threshold": titles.number(test["best_threshold"]),
                "Regret": titles.number(test["regret"]),
            }
        )
    return rows


def _decisions(results: Results) -> list[dict[str, str]]:
    rows = []
    for model in results.ranked:
        report = results.reports[model]
        counts = {
            name.replace("_", " ").capitalize(): titles.count(value)
            for name, value in report["confusion_matrix"].items()
        }
        metrics = {
            titles.METRICS[name]: titles.interval(report["metrics"][name])
            for name in ("precision", "recall", "f1", "mcc")
        }
        rows.append({"Model": model, **counts, **metrics})
    return rows
