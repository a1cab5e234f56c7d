"""Models side by side: scores over folds and on the test set, and who can be told apart."""

import altair as alt

from churn import titles
from churn.plots.results import Results
from churn.plots.theme import MARKED, Chart, Models, Page, Rows, Table, data, on, point

CHOICES = ("roc_auc", "average_precision", "brier", "log_loss", "calibration_error", "lift_at_10")
BOARD = ("roc_auc", "average_precision", "brier", "f1")
FOLDS, TEST = "cross-validation", "test set"
APART, SAME = "distinguishable", "not distinguishable"
LOOKS = {APART: point("diamond", hollow=False), SAME: point("circle", hollow=True)}
# More models than this are compared with the best alone, so that the plot can be read.
MOST_FOR_ALL_PAIRS = 7


def leaderboard(results: Results, models: Models) -> Page:
    """Draw every fold's score beside the interval on the test set, for all models."""
    return Page(
        "leaderboard",
        "Leaderboard",
        "All models, the best in cross-validation first.",
        [_scores(results, models)],
        [Table("The leaderboard; all its columns are in leaderboard.csv", _board(results))],
    )


def pairs(results: Results, models: Models) -> Page:
    """Draw the differences between models with their intervals."""
    alpha = results.comparison["alpha"]
    return Page(
        "pairs",
        "Pairwise tests",
        f"Models are distinguishable if the corrected t-test over the folds says so at {alpha:g} "
        "after Holm's correction.",
        [_differences(results, models)] if results.comparison["pairs"] else [],
        [Table("Differences of ROC-AUC, with intervals", _tests(results))],
    )


def _scores(results: Results, models: Models) -> Chart:
    choice = alt.binding_select(
        options=list(CHOICES), labels=[titles.metric(name) for name in CHOICES], name="Metric: "
    )
    metric = alt.param(name="metric", value="roc_auc", bind=choice)
    height = alt.Step(max(16, min(40, 400 // len(results.ranked))))
    y = alt.Y("model:N", title=None, sort=list(results.ranked))
    color = models.encoding().legend(None)
    x = alt.X("value:Q", scale=alt.Scale(zero=False))
    folds = models.on_demand(alt.Chart(data("folds")).transform_filter("datum.metric == metric"))
    points = folds.mark_point(filled=True, size=45, opacity=0.55).encode(
        x=x.title("Each fold of the cross-validation, and the mean"),
        y=y,
        color=color,
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("fold:O", title="Fold"),
            alt.Tooltip("value:Q", title="Value", format=".4f"),
        ],
    )
    means = folds.mark_tick(thickness=2.5, color=MARKED, size=18).encode(x="mean(value):Q", y=y)
    test = models.on_demand(alt.Chart(data("test")).transform_filter("datum.metric == metric"))
    shown = [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("value:Q", title="Value", format=".4f"),
        alt.Tooltip("low:Q", title="from", format=".4f"),
        alt.Tooltip("high:Q", title="to", format=".4f"),
    ]
    bars = test.mark_rule(strokeWidth=2).encode(x=on(x, "low"), x2="high:Q", y=y, color=color)
    values = test.mark_point(filled=True, size=80, opacity=1).encode(
        x=x.title("Test set, with the interval"), y=y, color=color, tooltip=shown
    )
    best = (
        alt.Chart(data("best"))
        .transform_filter("datum.metric == metric")
        .mark_rule(strokeDash=[5, 3], color=MARKED)
        .encode(x="value:Q", tooltip=alt.Tooltip("value:Q", title="Best reachable", format=".4f"))
    )
    without_names = y.axis(labels=False, ticks=False)
    layers = [bars.encode(y=without_names), values.encode(y=without_names)]
    left = alt.layer(points, means).properties(width=330, height=height)
    reachable = results.comparison["best_reachable_roc_auc"]
    if reachable is not None:
        layers.append(best)
    right = alt.layer(*layers).properties(width=330, height=height)
    note = "Dots: folds. Ticks: their mean. Right: the test set, with the interval."
    if reachable is not None:
        note += (
            f" Dashes: {reachable:.4f}, the best ROC-AUC that any model could reach on these "
            "generated data."
        )
    rows = [] if reachable is None else [{"metric": "roc_auc", "value": reachable}]
    chart = models.demand(alt.hconcat(left, right, spacing=12).add_params(metric))
    return Chart.of(
        "leaderboard",
        "Scores over the folds and on the test set",
        note,
        chart,
        {"folds": _folds(results, models), "test": _test(results, models), "best": rows},
    )


def _folds(results: Results, models: Models) -> Rows:
    return [
        models.row(model, metric=name, fold=fold + 1, value=value)
        for model in results.ranked
        for name in CHOICES
        for fold, value in enumerate(results.scores[model]["metrics"][name]["folds"])
    ]


def _test(results: Results, models: Models) -> Rows:
    return [
        models.row(model, metric=name, **results.reports[model]["metrics"][name])
        for model in results.ranked
        for name in CHOICES
    ]


def _differences(results: Results, models: Models) -> Chart:
    shown = _shown_pairs(results)
    rows: Rows = []
    for pair in shown:
        name = f"{pair['first']} minus {pair['second']}"
        verdict = APART if pair["distinguishable"] else SAME
        for key, where in (("cross_validation", FOLDS), ("holdout", TEST)):
            test = pair[key]
            rows.append(
                {
                    "pair": name,
                    "where": where,
                    "verdict": verdict,
                    **{key: round(test[key], 5) for key in ("difference", "low", "high")},
                    "p": round(test["p"], 5),
                    "chance": pair["first"] in models.chance or pair["second"] in models.chance,
                }
            )
    order = [FOLDS, TEST]
    y = alt.Y("pair:N", title=None, sort=None, axis=alt.Axis(labelLimit=420))
    offset = alt.YOffset("where:N", sort=order)
    color = alt.Color(
        "where:N", title="Estimated", scale=alt.Scale(domain=order, range=["#37474F", "#90A4AE"])
    )
    x = alt.X("difference:Q", title="Difference of ROC-AUC")
    base = models.on_demand(alt.Chart(data("pairs"))).encode(y=y, yOffset=offset, color=color)
    bars = base.mark_rule(strokeWidth=2).encode(x=on(x, "low"), x2="high:Q")
    points = (
        base.transform_filter(f"datum.verdict == '{verdict}'")
        .mark_point(**look)
        .encode(
            x=x,
            tooltip=[
                alt.Tooltip("pair:N", title="Pair"),
                alt.Tooltip("where:N", title="Estimated"),
                alt.Tooltip("difference:Q", title="Difference", format="+.4f"),
                alt.Tooltip("low:Q", title="from", format="+.4f"),
                alt.Tooltip("high:Q", title="to", format="+.4f"),
                alt.Tooltip("p:Q", title="p", format=".3g"),
                alt.Tooltip("verdict:N", title="Models"),
            ],
        )
        for verdict, look in LOOKS.items()
    )
    zero = alt.Chart(data("zero")).mark_rule(strokeDash=[4, 4], color=MARKED).encode(x="at:Q")
    few = len(shown) < len(results.comparison["pairs"])
    return Chart.of(
        "pairs",
        "Differences between models, with intervals",
        "Diamonds: distinguishable. An interval across the dashes holds no difference at all."
        + (" Shown: pairs with the best model; the table holds all." if few else ""),
        models.demand(alt.layer(zero, bars, *points)).properties(width=480, height=alt.Step(14)),
        {"pairs": rows, "zero": [{"at": 0}]},
    )


def _shown_pairs(results: Results) -> list[dict]:
    tests: list[dict] = results.comparison["pairs"]
    if len(results.ranked) <= MOST_FOR_ALL_PAIRS:
        return tests
    return [pair for pair in tests if pair["first"] == results.ranked[0]]


def _board(results: Results) -> list[dict[str, str]]:
    rows = []
    for place, model in enumerate(results.ranked, start=1):
        report = results.reports[model]
        row = {"Rank": str(place), "Model": model}
        row["ROC-AUC, CV"] = titles.mean(report["cross_validation"]["roc_auc"])
        for name in BOARD:
            row[f"{titles.METRICS[name]}, test"] = titles.interval(report["metrics"][name])
        rows.append(row | {"Threshold": titles.number(report["threshold"])})
    return rows


def _tests(results: Results) -> list[dict[str, str]]:
    return [
        {
            "First": pair["first"],
            "Second": pair["second"],
            "Cross-validation": _difference(pair["cross_validation"]),
            "p (Holm)": f"{pair['cross_validation']['p_holm']:.3g}",
            "Test set": _difference(pair["holdout"]),
            "p": f"{pair['holdout']['p']:.3g}",
            "Distinguishable": "yes" if pair["distinguishable"] else "no",
        }
        for pair in results.comparison["pairs"]
    ]


def _difference(test: dict[str, float]) -> str:
    return f"{test['difference']:+.4f} ({test['low']:+.4f} to {test['high']:+.4f})"
