"""Each rule names the library modules that its script really imports, and no more."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow" / "scripts"
RULES = "\n".join(path.read_text() for path in sorted((ROOT / "workflow/rules").glob("*.smk")))
# Scripts that are run by hand, or while a run is planned, not by a rule.
COMMANDS = {
    "check_estimators",
    "mlflow_commands",
    "monitor",
    "notify_test",
    "restore_results",
    "reuse_results",
    "score_customers",
    "show_config",
    "train_with_config",
}
STAGES = sorted({path.stem for path in SCRIPTS.glob("*.py")} - COMMANDS)


def imported(path: Path) -> set[str]:
    """Name the modules of the library that a file imports, at its top or inside a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "churn":
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("churn."):
            module = str(node.module).removeprefix("churn.")
            package = (SCRIPTS / "churn" / module.replace(".", "/")).is_dir()
            names |= {f"{module}.{alias.name}" for alias in node.names} if package else {module}
    return names


def closure(script: Path) -> set[str]:
    found: set[str] = set()
    todo = imported(script)
    while todo:
        name = todo.pop()
        found.add(name)
        todo |= imported(SCRIPTS / "churn" / f"{name.replace('.', '/')}.py") - found
    return found


def listed(stage: str) -> set[str]:
    rule = re.search(rf"^rule {stage}:\n(.*?)(?=^rule |\Z)", RULES, flags=re.M | re.S)
    assert rule, f"no rule {stage}"
    call = re.search(r"library\((.*?)\)", rule.group(1), flags=re.S)
    assert call, f"rule {stage} names no modules"
    return set(re.findall(r'"([\w.]+)"', call.group(1)))


def test_every_script_has_a_rule_of_its_name():
    assert set(re.findall(r"^rule (\w+):", RULES, flags=re.M)) == set(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_rule_names_the_modules_its_script_imports(stage: str):
    assert listed(stage) == closure(SCRIPTS / f"{stage}.py")


@pytest.mark.parametrize(
    ("stage", "unused"),
    [
        ("download_data", {"pandas", "sklearn", "pandera", "hydra", "pydantic", "mlflow"}),
        ("process_features", {"skops", "hydra", "requests", "mlflow"}),
        ("train_model", {"pandera", "hydra", "pydantic", "requests", "mlflow"}),
        ("evaluate_model", {"pandera", "hydra", "pydantic", "requests", "mlflow"}),
        ("explain_model", {"pandera", "hydra", "pydantic", "requests", "mlflow"}),
        ("compare_models", {"pandas", "sklearn", "hydra", "pydantic"}),
        ("tabulate_run", {"pandas", "sklearn", "hydra", "pydantic", "dvc"}),
        ("version_results", {"pandas", "sklearn", "hydra", "pydantic", "mlflow"}),
    ],
)
def test_stage_imports_nothing_that_it_does_not_use(stage: str, unused: set[str]):
    modules = sorted(imported(SCRIPTS / f"{stage}.py"))
    code = f"import sys; from churn import {', '.join(m.split('.')[0] for m in modules)};"
    code += "print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    assert not unused & set(done.stdout.split())
