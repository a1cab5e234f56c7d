"""Whether predicted probabilities hold, and how they are spread."""

import json

import altair as alt

from churn import titles
from churn.plots.results import Results, scores
from churn.plots.theme import GREY, Chart, Models, Page, Plot, Rows, Table, data, faded, on

TABLE = ("calibration_error", "brier", "log_loss")
STAYED, CHURNED = "stayed", "churned"


def page(results: Results, models: Models) -> Page:
    """Draw the calibration of all models, and for the best the spread of the probabilities."""
    return Page(
        "calibration",
        "Calibration",
        "Of the customers to whom a model gives a probability of 30 %, do 30 % churn? "
        "On the test set.",
        [_calibration(results, models), _distribution(results, models)],
        [
            Table("Calibration on the test set, with intervals", scores(results, TABLE)),
            Table("Tenths of the customers by predicted probability", _tenths(results)),
        ],
    )


def _calibration(results: Results, models: Models) -> Chart:
    toggle = models.toggle()
    rows = []
    for model in reversed(results.ranked):
        points = results.curves[model]["calibration"]
        for values in zip(*points.values(), strict=True):
            rows.append(models.row(model, **dict(zip(points, values, strict=True))))
    top = max((row["high"] for row in rows), default=1.0)
    limit = alt.Scale(domain=[0, min(1.0, top)], nice=True)
    percent = alt.Axis(format=".0%", tickCount=10)
    x = alt.X("predicted:Q", title="Mean predicted probability of churn", scale=limit, axis=percent)
    y = alt.Y("observed:Q", title="Observed churn rate", scale=limit, axis=percent)
    shared = {"color": models.encoding(), "detail": "model:N", "opacity": faded(toggle)}
    base = alt.Chart(data("calibration"))
    perfect = (
        alt.Chart(data("perfect"))
        .mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1.5, clip=True)
        .encode(x=x, y=y)
    )
    bars = base.mark_rule(strokeWidth=1.2).encode(x=x, y=on(y, "low"), y2="high:Q", **shared)
    lines = base.mark_line(strokeWidth=1.2).encode(x=x, y=y, **shared)
    points = (
        base.properties(name="calibration")
        .mark_point(filled=True, size=55)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("predicted:Q", title="Predicted", format=".1%"),
                alt.Tooltip("observed:Q", title="Observed", format=".1%"),
                alt.Tooltip("low:Q", title="from", format=".1%"),
                alt.Tooltip("high:Q", title="to", format=".1%"),
                alt.Tooltip("rows:Q", title="Customers"),
            ],
            **shared,
        )
        .add_params(toggle)
    )
    return Chart.of(
        "calibration",
        "Calibration",
        "Each point is a tenth of the customers; bars are Wilson's intervals. On the dashes, "
        "predictions hold; below them, churn is overestimated.",
        alt.layer(perfect, bars, lines, points).properties(width=720, height=400),
        {"calibration": rows, "perfect": [{"predicted": n, "observed": n} for n in (0, 1)]},
    )


def _distribution(results: Results, models: Models) -> Chart:
    rows: Rows = []
    for model in models.shown:
        points = results.curves[model]["distribution"]
        for probability, *shares in zip(*points.values(), strict=True):
            for outcome, share in zip((STAYED, CHURNED), shares, strict=True):
                rows.append(
                    models.row(model, probability=probability, outcome=outcome, share=share)
                )
    color = models.encoding().legend(None)
    x = alt.X(
        "probability:Q",
        title="Predicted probability of churn",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%"),
    )
    y = alt.Y("share:Q", title="Share of customers", axis=alt.Axis(format=".0%", minExtent=34))

    def areas(model: str) -> Plot:
        base = alt.Chart(data("distribution"))
        stayed = base.transform_filter(_of(model, STAYED)).mark_area(
            color=GREY, opacity=0.75, interpolate="step"
        )
        churned = base.transform_filter(_of(model, CHURNED)).mark_area(
            opacity=0.35, interpolate="step", line=True
        )
        return alt.layer(stayed.encode(x=x, y=y), churned.encode(x=x, y=y, color=color)).properties(
            width=215, height=130
        )

    return Chart.of(
        "distribution",
        "Spread of the predicted probabilities",
        "Grey: customers who stayed. In the model's colour: those who churned. The less they "
        f"overlap, the better.{models.best_alone}",
        models.grid(areas).resolve_scale(color="shared"),
        {"distribution": rows},
    )


def _of(model: str, outcome: str) -> str:
    return f"datum.model == {json.dumps(model)} && datum.outcome == '{outcome}'"


def _tenths(results: Results) -> list[dict[str, str]]:
    rows = []
    for model in results.ranked:
        points = results.curves[model]["calibration"]
        for values in zip(*points.values(), strict=True):
            tenth = dict(zip(points, values, strict=True))
            low, high = titles.percent(tenth["low"]), titles.percent(tenth["high"])
            rows.append(
                {
                    "Model": model,
                    "Customers": titles.count(tenth["rows"]),
                    "Predicted": titles.percent(tenth["predicted"]),
                    "Observed": f"{titles.percent(tenth['observed'])} ({low} to {high})",
                }
            )
    return rows
