"""The model card of a run's best model: what it is, how well it does, for whom, and its limits.

The parts follow Mitchell et al., "Model Cards for Model Reporting" (2019).
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from churn import titles
from churn.files import intact, read_json, read_yaml, write_text
from churn.html_pages import render

METRICS = tuple(titles.METRICS)
SLICE_METRICS = ("roc_auc", "recall", "precision")
MOST_FEATURES = 10

Content = Mapping[str, Any]


def write_model_card(inputs: Mapping[str, Any], outputs: Mapping[str, str], command: str) -> None:
    """Write the model card of the model that the run put forward as champion.

    Parameters
    ----------
    inputs : mapping
        Of all models the evaluation ``reports`` and the ``explanations``; the ``champion``, the
        ``facts`` of the raw table and its ``profile`` (JSON); the ``config`` of the run (YAML);
        the templates of the ``card`` (Markdown) and of the ``page`` around it (HTML).
    outputs : mapping
        Where the card goes as ``markdown`` and as ``html``.
    command : str
        What makes these results again.
    """
    text = card(inputs, command)
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    title = text.splitlines()[0].removeprefix("# ").replace("\\", "")
    write_text(outputs["markdown"], text)
    write_text(outputs["html"], render(inputs["page"], title=title, body=body))


def card(inputs: Mapping[str, Any], command: str) -> str:
    """Fill in the card, in Markdown; parameters as for `write_model_card`."""
    champion = read_json(inputs["champion"])
    model = champion["candidate"]
    report = _of(model, inputs["reports"])
    config = Path(inputs["config"])
    settings = read_yaml(config)
    with intact(config):
        section = settings["model"][model]
        confidence = 100 * settings["evaluation"]["bootstrap"]["confidence"]
        data_source = source(settings["data"]["source"])
    return render(
        inputs["card"],
        model=model,
        champion=champion,
        verdict=verdict(champion),
        facts=read_json(inputs["facts"]),
        profile=read_json(inputs["profile"]),
        report=report,
        settings=settings,
        source=data_source,
        section=section,
        confidence=f"{confidence:g} %",
        metrics=_metrics(report),
        slices=_slices(report),
        features=_of(model, inputs["explanations"])["importance"][:MOST_FEATURES],
        limits=limits(report, champion),
        digest=hashlib.sha256(config.read_bytes()).hexdigest(),
        command=command,
        titles=titles,
        cell=cell,
    )


def source(settings: Content) -> str:
    """Say where the customers came from.

    Parameters
    ----------
    settings : mapping
        The section ``data.source`` of the config.

    Returns
    -------
    str
    """
    facts = (f"{key} {settings[key]}" for key in ("url", "path", "rows", "seed") if key in settings)
    return ", ".join([settings["kind"], *facts])


def verdict(champion: Content) -> str:
    """Say whether the model is champion, and why.

    Parameters
    ----------
    champion : mapping
        The record of the run's champion.

    Returns
    -------
    str
    """
    reason = f"{champion['reason']}."
    words = {
        "named": f"Champion: {reason}",
        "kept": f"Not champion; {champion['champion']} stays in office: {reason}",
        "refused": f"**Refused by the quality gates:** {reason}",
    }
    return words[champion["status"]]


def limits(report: Content, champion: Content) -> list[str]:
    """List what the figures do not show, and what they warn of.

    Parameters
    ----------
    report : mapping
        The evaluation report of the model.
    champion : mapping
        The record of the run's champion.

    Returns
    -------
    list of str
        A sentence or two each.
    """
    found = []
    small = [_group(part) for part in report["slices"] if not part["judged"]]
    worse = [
        f"{_group(part)} ({', '.join(part['gaps'])})" for part in report["slices"] if part["gaps"]
    ]
    if worse:
        found.append(f"It does worse than for the rest, beyond noise, for: {'; '.join(worse)}.")
    if small:
        found.append(f"Too few customers to judge it for: {'; '.join(small)}.")
    if champion["equivalent"]:
        names = ", ".join(champion["equivalent"])
        found.append(f"Cross-validation cannot tell the best model from: {names}.")
    return [
        *found,
        "Training and test set are a random split of one table. The intervals say how far the "
        "choice of customers matters, not how customers will change; judge it again on newer ones.",
        "Importance and partial dependence are associations, not causes: they do not say what "
        "would keep a customer.",
        f"The threshold fits the policy and the churn rate of these data "
        f"({titles.percent(report['churn_rate'])}); choose it again where either differs.",
    ]


def cell(value: object) -> str:
    """Write a value so that Markdown takes it as plain text, in a table too."""
    text = str(value)
    for character in "\\`*|<>[]":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def _of(model: str, paths: list[str]) -> Content:
    """Read that of several JSON files which is about a model."""
    contents = map(read_json, paths)
    return next(content for content in contents if content["model"] == model)


def _metrics(report: Content) -> list[tuple[str, str, str]]:
    return [
        (
            titles.metric(name),
            titles.mean(report["cross_validation"][name]),
            titles.interval(report["metrics"][name]),
        )
        for name in METRICS
    ]


def _slices(report: Content) -> list[dict[str, str]]:
    rows = []
    for part in report["slices"]:
        row = {
            "Group": _group(part),
            "Customers": titles.count(part["rows"]),
            "Churned": titles.count(part["churned"]),
        }
        for name in SLICE_METRICS:
            scores = part["metrics"].get(name)
            row[titles.METRICS[name]] = titles.interval(scores) if scores else "too few"
        rows.append(row | {"Gaps": ", ".join(part["gaps"])})
    return rows


def _group(part: Content) -> str:
    return f"{part['column']} = {part['group']}"
