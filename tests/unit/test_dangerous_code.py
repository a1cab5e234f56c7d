"""Nothing in the code executes text, unpickles, or reads YAML that can make objects."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = sorted((ROOT / "workflow").rglob("*.py"))
RULES = [ROOT / "workflow/Snakefile", *sorted((ROOT / "workflow/rules").glob("*.smk"))]
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve"}
BUILTINS = {"eval", "exec", "compile", "__import__"}
CALLS = {"os.system", "os.popen", "pandas.read_pickle", "pd.read_pickle", "joblib.load"}
UNSAFE_YAML = re.compile(r"yaml\.((unsafe_|full_)?load(_all)?|C?(Unsafe|Full|)Loader)")
# Of a .smk file, which is no Python, as words.
WORDS = re.compile(
    r"(?<![\w.])(eval|exec|compile|__import__)(?=\s*\()|pickle|marshal|yaml\.(?!safe_)|os\.system"
)


# Runs a job's script in the place of an interpreter that would be started for it.
NEEDED = {"scripts/churn/warm/job.py": ["compile", "exec"]}


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def dangers(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (f"import {a.name}" for a in node.names if a.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield f"from {node.module} import"
        elif isinstance(node, ast.Attribute) and UNSAFE_YAML.fullmatch(dotted(node)):
            yield dotted(node)
        elif isinstance(node, ast.Call):
            yield from dangerous_call(node)


def dangerous_call(call: ast.Call) -> Iterator[str]:
    name = dotted(call.func)
    if name in BUILTINS | CALLS:
        yield name
    for keyword in call.keywords:
        if keyword.arg in {"shell", "allow_pickle"}:
            value = keyword.value
            if not (isinstance(value, ast.Constant) and value.value is False):
                yield f"{name}({keyword.arg}=...)"
    if name in {"np.load", "numpy.load"} and "allow_pickle" not in {k.arg for k in call.keywords}:
        yield f"{name} without allow_pickle=False"


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT / "workflow")))
def test_python_code(path: Path):
    name = str(path.relative_to(ROOT / "workflow"))
    assert list(dangers(path.read_text())) == NEEDED.get(name, [])


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_rules(path: Path):
    code = [line.partition("#")[0] for line in path.read_text().splitlines()]
    assert [line for line in code if WORDS.search(line)] == []


@pytest.mark.parametrize(
    "source",
    [
        "eval('1')",
        "exec(text)",
        "import pickle",
        "from dill import load",
        "joblib.load(path)",
        "import yaml\nyaml.load(file)",
        "load = yaml.unsafe_load",
        "subprocess.run(text, shell=True)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "pd.read_pickle(path)",
        "os.system('ls')",
    ],
)
def test_dangers_are_found(source: str):
    assert len(list(dangers(source))) == 1


@pytest.mark.parametrize("line", ["x = eval(y)", "import pickle", "yaml.load(x)"])
def test_dangers_in_rules_are_found(line: str):
    assert WORDS.search(line)
