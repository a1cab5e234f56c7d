"""Draw all plots of a run from its results."""

import warnings
from collections.abc import Callable, Mapping
from functools import partial
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
from churn.side_by_side import call_all


def draw_plots(inputs: Mapping[str, Any], outputs: Mapping[str, Any], *, threads: int) -> None:
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
    threads : int
        Pages are drawn side by side in so many processes.
    """
    found = Results.read(inputs)
    # The specifications are fixed, and checked in the tests; it takes half of the time.
    with debug_mode(False), warnings.catch_warnings():
        # A legend that several charts share is one selection, as it should be.
        warnings.filterwarnings("ignore", "Automatically deduplicated selection parameter")
        vega, *drawn = call_all([vega_embed, *pages(found)], threads)
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


def vega_embed() -> str:
    """Give the program that shows charts: the same text in every page, packed once."""
    return packed(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def pages(results: Results) -> list[Callable[[], Page]]:
    """Give the functions that draw the pages, with their charts and tables."""
    models = Models(results.ranked, results.chance)
    drawers = [
        ranking.page,
        calibration.page,
        decision.page,
        slices.page,
        explanations.page,
        comparison.leaderboard,
        comparison.pairs,
    ]
    return [
        partial(customers.page, results),
        *(partial(draw, results, models) for draw in drawers),
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
