"""Draw all plots of a run from its results."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import vl_convert
from altair.utils.schemapi import debug_mode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import YamlLexer

from churn.files import write_json, write_text
from churn.html_pages import packed, render, script_json
from churn.plots import calibration, comparison, customers, decision, explanations, ranking, slices
from churn.plots.results import Results
from churn.plots.theme import Models, Page


def draw_plots(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Draw all plots of a run, and write their numbers as tables.

    Parameters
    ----------
    inputs : mapping
        As for `Results.read`; and the ``config`` of the run (YAML), and the templates of a
        ``page`` and of the ``configuration``.
    outputs : mapping
        For each page, by its name, where it goes as charts (``{page}_chart``) and as tables
        (``{page}_table``), both HTML; where ``configuration`` goes (HTML); and the paths of the
        ``specifications``, one a chart, named as the chart (Vega-Lite, JSON).
    """
    found = Results.read(inputs)
    # The same text in every page: packed once.
    vega = packed(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
    # The specifications are fixed, and checked in the tests; it takes half of the time.
    with debug_mode(False), warnings.catch_warnings():
        # A legend that several charts share is one selection, as it should be.
        warnings.filterwarnings("ignore", "Automatically deduplicated selection parameter")
        drawn = pages(found)
    for page in drawn:
        write_page(page, outputs, inputs["page"], vega)
    # A chart that has nothing to show is there too, as a specification without content.
    specs = {chart.name: chart.spec for page in drawn for chart in page.charts}
    for path in outputs["specifications"]:
        write_json(path, specs.get(Path(path).stem, {}))
    text = highlight(
        Path(inputs["config"]).read_text(encoding="utf-8"), YamlLexer(), HtmlFormatter()
    )
    styles = HtmlFormatter(style="friendly").get_style_defs(".highlight")
    write_text(outputs["configuration"], render(inputs["configuration"], text=text, styles=styles))


def pages(results: Results) -> list[Page]:
    """Give all pages with their charts and tables."""
    models = Models(results.ranked, results.chance)
    return [
        customers.page(results),
        ranking.page(results, models),
        calibration.page(results, models),
        decision.page(results, models),
        slices.page(results, models),
        explanations.page(results, models),
        comparison.leaderboard(results, models),
        comparison.pairs(results, models),
    ]


def write_page(page: Page, outputs: Mapping[str, str], template: str, vega: str) -> None:
    """Write a page as charts and as tables."""
    charts = [
        {"title": chart.title, "note": chart.note, "spec": script_json(chart.spec)}
        for chart in page.charts
    ]
    toggles = any('"bind":"legend"' in chart["spec"] for chart in charts)
    common = {"title": page.title, "lead": page.lead, "toggles": toggles}
    write_text(
        outputs[f"{page.name}_chart"],
        render(template, **common, charts=charts, tables=[], vega=vega),
    )
    write_text(
        outputs[f"{page.name}_table"],
        render(template, **common, charts=[], tables=page.tables, vega=""),
    )
