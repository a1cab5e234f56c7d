"""What snakemake can show of the workflow reads well."""

import re

import pytest
from support.project import ROOT, Project

RULES = (ROOT / "workflow/Snakefile", *sorted((ROOT / "workflow/rules").glob("*.smk")))
STAGES = (
    "download_data",
    "process_features",
    "train_model",
    "evaluate_model",
    "explain_model",
    "compare_models",
    "check_leakage",
    "name_champion",
    "draw_plots",
    "write_model_card",
)
# Not in the small project's graph: what only gathers, and what its configuration switches off.
TARGETS = {"all", "evaluate", "results"}
AFTERWARDS = {"enforce_gates", "tabulate_run", "track_runs", "version_results"}


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--dag", ["digraph snakemake_dag", "train_model\\nmodel: logistic_regression"]),
        ("--rulegraph", ["digraph snakemake_dag", *STAGES]),
        ("--summary", ["results/leaderboard.csv", "results/models/baseline/model.skops"]),
        ("--list-rules", [f"{stage} (" for stage in STAGES]),
        ("--dry-run", ["Nothing to be done"]),
    ],
)
def test_view(finished_once: Project, option: str, expected: list[str]):
    output = finished_once.snakemake(option).succeeded().output
    for words in expected:
        assert words in output


def test_every_rule_has_a_docstring_and_a_message():
    text = "\n".join(path.read_text() for path in RULES)
    rules = re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", text, flags=re.M | re.S)
    assert {name for name, _ in rules} == TARGETS | AFTERWARDS | set(STAGES)
    for name, body in rules:
        assert body.lstrip().startswith('"""'), name
        assert "message:" in body, name
