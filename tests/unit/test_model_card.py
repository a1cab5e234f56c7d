"""The model card says what a careful reader asks for, and nothing that is not so."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from churn.config.display import as_command
from churn.config.loading import load
from churn.model_card import write_model_card
from support.project import ROOT
from support.results import CHANCE, PROFILE, example

TEMPLATES = ROOT / "workflow/report"
MODEL = "forest,max_depth=4"
SETTINGS = {
    "data": {
        "source": {"kind": "url", "url": "https://***@example.org/customers.csv"},
        "target": "Churn",
        "positive_label": "Yes",
    },
    "evaluation": {"bootstrap": {"confidence": 0.9}},
    "training": {"cross_validation": {"folds": 5, "repeats": 2}},
    "model": {
        MODEL: {
            "estimator": "sklearn.ensemble.RandomForestClassifier",
            "params": {"max_depth": 4},
            "preprocessing": {"impute": True},
            "calibration": "none",
        }
    },
}
CHAMPION = {
    "champion": MODEL,
    "candidate": MODEL,
    "status": "named",
    "reason": "highest cross-validated ROC-AUC",
    "equivalent": ["boosting"],
    "gates": [{"gate": "lift", "passed": True, "message": "lift is 2, at least 1.2 is wanted"}],
}
REFUSED = {
    "status": "refused",
    "champion": None,
    "reason": "lift is 1, at least 1.2 is wanted",
    "gates": [{"gate": "lift", "passed": False, "message": "lift is 1, at least 1.2 is wanted"}],
}


def card(folder: Path, **champion: Any) -> tuple[str, str]:
    """Write the card of the example and give its Markdown and its HTML."""
    results = example([MODEL, CHANCE])
    inputs: dict[str, Any] = {
        "reports": list(results.reports.values()),
        "explanations": list(results.explanations.values()),
        "champion": CHAMPION | champion,
        "facts": {"sha256": "ab" * 32},
        "profile": PROFILE,
    }
    for name, content in inputs.items():
        parts = content if isinstance(content, list) else [content]
        files = [folder / f"{name}{place}.json" for place in range(len(parts))]
        for file, part in zip(files, parts, strict=True):
            file.write_text(json.dumps(part))
        inputs[name] = [str(file) for file in files] if isinstance(content, list) else files[0]
    inputs["config"] = folder / "config.yaml"
    inputs["config"].write_text(yaml.safe_dump(SETTINGS))
    inputs |= {
        "card": TEMPLATES / "model_card.md.jinja",
        "page": TEMPLATES / "model_card.html.jinja",
    }
    outputs = {"markdown": folder / "card.md", "html": folder / "card.html"}
    write_model_card(inputs, outputs, "snakemake --cores all --config overrides=seed=7")
    return outputs["markdown"].read_text(), outputs["html"].read_text()


def test_card_has_metrics_threshold_groups_and_reproduction(tmp_path: Path):
    text, _ = card(tmp_path)
    metrics = example([MODEL]).reports[MODEL]["metrics"]
    auc = metrics["roc_auc"]
    assert f"{auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f})" in text
    assert "90 % interval" in text
    assert "5 folds, repeated 2 time(s)" in text
    assert "**0.450**" in text
    assert "Contract = Month" in text
    assert "max\\_depth" in text or "max_depth" in text
    assert "snakemake --cores all --config overrides=seed=7" in text
    assert hashlib.sha256((tmp_path / "config.yaml").read_bytes()).hexdigest() in text
    assert "ab" * 32 in text
    # No missing value has slipped in, and no zero with a sign.
    assert "None" not in text
    assert "-0.000" not in text


def test_limits_name_gaps_small_groups_and_equals(tmp_path: Path):
    text, _ = card(tmp_path)
    limits = text[text.index("## Limits") : text.index("## Make it again")]
    assert "Contract = Month (recall)" in limits
    assert "Too few customers to judge it for: Contract = Two \\| year" in limits
    assert "cannot tell the best model from: boosting" in limits


@pytest.mark.parametrize(
    ("champion", "words"),
    [
        ({}, "Champion: highest cross-validated ROC-AUC."),
        (REFUSED, "**Refused by the quality gates:** lift is 1"),
        (
            {"status": "kept", "champion": "old", "reason": "forest does not replace old"},
            "Not champion; old stays in office: forest does not replace old.",
        ),
    ],
)
def test_card_begins_with_the_verdict(tmp_path: Path, champion: dict, words: str):
    text, _ = card(tmp_path, **champion)
    assert text.splitlines()[2].startswith(words)
    assert ("**NO**" in text) == (champion == REFUSED)


def test_html_has_every_table_whole(tmp_path: Path):
    _, html = card(tmp_path)
    headings = (
        "Data",
        "Model",
        "Metrics",
        "Decision",
        "Groups",
        "What it goes by",
        "Quality gates",
    )
    assert html.count("<table>") == len(headings)
    # A bar in a category's name does not end its cell.
    assert "<td>Contract = Two | year</td>" in html
    assert not re.search(r"(src|href)\s*=", html)


def test_command_makes_the_same_run_and_hides_secrets():
    url = "https://ann:pw@example.org/customers.csv"
    typed = {
        "data": "telco",
        "seed": 7,
        "logging": {"level": "DEBUG"},
        "overrides": f"data.source.url={url} model.params.C=0.5",
    }
    run = load(str(ROOT / "config"), {}, typed, lambda models: {})
    command = as_command(run, leave_out=["logging"])
    assert command == (
        "snakemake --cores all --config 'overrides=data=telco seed=7 "
        "data.source.url=https://***@example.org/customers.csv model.params.C=0.5'"
    )
