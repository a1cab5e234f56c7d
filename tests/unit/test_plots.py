"""What the specifications of the plots hold: every model, its colour, titles, the right data."""

import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import altair
import pytest
import vl_convert
from churn.plots import drawing
from churn.plots.results import Results
from churn.plots.theme import COLORS, GREY, OTHERS, Chart, Models, Page
from support.project import ROOT
from support.results import CHANCE, example

SMALL = ["forest", "boosting", CHANCE]
SWEEP = [f"forest,max_depth={depth:02},n_estimators=100" for depth in range(30)]
# Of the customers, not of models.
NO_MODELS = {"single_columns", "churn_rates"}
TEMPLATE = ROOT / "workflow/report/page.html.jinja"


def pages(results: Results) -> list[Page]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Automatically deduplicated selection parameter")
        return [draw() for draw in drawing.pages(results)]


def charts(results: Results) -> dict[str, Chart]:
    return {chart.name: chart for page in pages(results) for chart in page.charts}


@pytest.fixture(scope="module")
def small() -> dict[str, Chart]:
    return charts(example(SMALL))


@pytest.fixture(scope="module")
def sweep() -> dict[str, Chart]:
    return charts(example(SWEEP))


def rows(chart: Chart) -> list[dict[str, Any]]:
    return [row for data in chart.spec["datasets"].values() for row in data]


def encodings(node: Any) -> Iterator[dict[str, Any]]:
    """Find all encodings in a specification."""
    if isinstance(node, dict):
        if "encoding" in node:
            yield node["encoding"]
        for key, inner in node.items():
            if key != "datasets":
                yield from encodings(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from encodings(inner)


def colors(chart: Chart) -> dict[str, str]:
    """Give the colours of a chart's models; all its scales have to agree."""
    found: dict[str, str] = {}
    for encoding in encodings(chart.spec):
        color = encoding.get("color", {})
        if color.get("field") == "shown":
            pairs = dict(zip(color["scale"]["domain"], color["scale"]["range"], strict=True))
            assert found in ({}, pairs)
            found = pairs
    return found


def test_model_has_the_same_colour_in_every_chart(small: dict[str, Chart]):
    with_models = {name: colors(chart) for name, chart in small.items() if colors(chart)}
    assert len(with_models) >= 8
    first = next(iter(with_models.values()))
    assert set(first) == set(SMALL)
    assert len(set(first.values())) == len(SMALL)
    assert all(found == first for found in with_models.values())


def test_colour_stays_when_ranks_change():
    there, here = Models(SMALL), Models(SMALL[::-1])
    assert [there.color(name) for name in SMALL] == [here.color(name) for name in SMALL]


def test_of_a_large_sweep_the_best_have_colours_and_the_rest_is_grey(sweep: dict[str, Chart]):
    models = Models(SWEEP)
    best, rest = SWEEP[: len(COLORS)], SWEEP[len(COLORS) :]
    assert len({models.color(name) for name in best}) == len(COLORS)
    assert {models.color(name) for name in rest} == {GREY}
    assert colors(sweep["ranking"])[OTHERS] == GREY
    assert len(colors(sweep["ranking"])) == len(COLORS) + 1
    assert "best 7 of 30" in sweep["confusion"].note


def test_every_model_is_in_every_chart_of_models(small: dict[str, Chart]):
    for name, chart in small.items():
        named = {row.get("model") for row in rows(chart)}
        if name == "pairs":
            named = set(re.findall(r"\w+", " ".join(row.get("pair", "") for row in rows(chart))))
        if name not in NO_MODELS:
            assert set(SMALL) <= named, name


def test_curves_of_all_thirty_are_drawn(sweep: dict[str, Chart]):
    for name in ("ranking", "calibration", "decision", "leaderboard"):
        assert set(SWEEP) <= {row.get("model") for row in rows(sweep[name])}, name


def test_axes_have_titles(small: dict[str, Chart]):
    for name, chart in small.items():
        axes = [
            encoding[axis]
            for encoding in encodings(chart.spec)
            for axis in ("x", "y")
            if encoding.get(axis, {}).get("type") == "quantitative"
        ]
        titles = {axis["title"] for axis in axes if axis.get("title")}
        assert titles or name == "confusion", name


@pytest.mark.filterwarnings("ignore")
def test_specifications_are_valid_and_compile(small: dict[str, Chart]):
    for name, chart in small.items():
        classes = {
            "layer": altair.LayerChart,
            "concat": altair.ConcatChart,
            "hconcat": altair.HConcatChart,
            "vconcat": altair.VConcatChart,
            "mark": altair.Chart,
        }
        kind = next(key for key in classes if key in chart.spec)
        classes[kind].validate(chart.spec)
        assert vl_convert.vegalite_to_vega(chart.spec)["marks"], name


def test_models_no_better_than_chance_are_shown_on_demand(small: dict[str, Chart]):
    for name in ("leaderboard", "pairs", "slices"):
        marked = {row["model"] for row in rows(small[name]) if row.get("chance") and "model" in row}
        assert marked <= {CHANCE}, name
        assert '"checkbox"' in json.dumps(small[name].spec["params"]), name
    # Unless there is nothing else to show.
    alone = charts(example([CHANCE]))
    assert "checkbox" not in json.dumps(alone["leaderboard"].spec)


def test_choice_best_and_regret_are_marked(small: dict[str, Chart]):
    data = small["decision"].spec["datasets"]
    by_kind = {(row["model"], row["kind"]): row for row in data["choices"]}
    for row in data["regret"]:
        chosen = by_kind[row["model"], "chosen out of fold"]
        best = by_kind[row["model"], "best on the test set"]
        assert best["value"] - chosen["value"] == pytest.approx(chosen["regret"], abs=2e-5)
        assert (row["value"], row["best"]) == (chosen["value"], best["value"])


def test_small_groups_are_marked_instead_of_judged(small: dict[str, Chart]):
    data = [row for row in rows(small["slices"]) if row["group"] == "Two | year"]
    assert [row["note"] for row in data] == ["too few to judge: 8 customers, 1 of them churned"]


def test_gap_is_marked_in_its_own_metric_alone(small: dict[str, Chart]):
    marked = {
        (row["group"], row["metric"])
        for row in rows(small["slices"])
        if "worse" in row.get("gap", "")
    }
    assert marked == {("Month", "recall")}


def test_numbers_of_the_profile_are_in_their_order(small: dict[str, Chart]):
    groups = [row["group"] for row in small["churn_rates"].spec["datasets"]["column_0"]]
    assert groups == ["-1 to 9", "9 to 30", "30 to 72"]


def test_one_model_alone_and_no_slices_can_be_drawn():
    results = example(["forest"])
    results.reports["forest"]["slices"] = []
    by_name = {page.name: page for page in pages(results)}
    assert by_name["pairs"].charts == []
    assert by_name["slices"].charts == []
    assert "data.slices" in by_name["slices"].lead


def test_same_results_give_the_same_pages(small: dict[str, Chart]):
    again = charts(example(SMALL))
    assert {name: json.dumps(chart.spec) for name, chart in again.items()} == {
        name: json.dumps(chart.spec) for name, chart in small.items()
    }


def test_rule_names_every_chart(small: dict[str, Chart]):
    text = (ROOT / "workflow/rules/common.smk").read_text()
    listed = re.search(r"^CHARTS = \[(.*?)\]", text, flags=re.M | re.S)
    assert listed
    assert set(re.findall(r'"(\w+)"', listed.group(1))) == set(small)


def test_page_needs_no_network_and_no_name_breaks_it(tmp_path: Path):
    bad = "</script><b>"
    page = next(page for page in pages(example([bad, "forest"])) if page.name == "leaderboard")
    outputs = {f"leaderboard_{kind}": str(tmp_path / f"{kind}.html") for kind in ("chart", "table")}
    drawing.write_page(page, outputs, str(TEMPLATE), vega="")
    for kind in ("chart", "table"):
        text = (tmp_path / f"{kind}.html").read_text()
        assert bad not in text
        assert not re.search(r"(src|href)\s*=", text)
    # Data, a script for Vega, and one that draws: no more.
    assert (tmp_path / "chart.html").read_text().count("</script>") == 2
    assert "&lt;/script&gt;&lt;b&gt;" in (tmp_path / "table.html").read_text()
