"""What a user who knows DVC expects of its own command line."""

import json
import resource
import shutil
import subprocess
import sys

import pytest
from support.project import environment
from support.versioned import OTHER, VersionedProject

MODELS = ("baseline", "logistic_regression")
MODEL = "results/models/logistic_regression"
UP_TO_DATE = "Data and pipelines are up to date."


def test_show_and_compare(versioned: VersionedProject):
    assert versioned.dvc("status").strip() == UP_TO_DATE
    assert versioned.git("status", "--short") == ""

    shown = json.loads(versioned.dvc("metrics", "show", "--json"))
    metrics = shown[""]["data"]
    assert set(metrics) == {
        f"results/metrics/{m}.json" for m in ("baseline", "logistic_regression")
    }
    report = json.loads(
        versioned.path("results/evaluation/logistic_regression/report.json").read_text()
    )
    of_model = metrics["results/metrics/logistic_regression.json"]["data"]
    assert of_model["test"]["roc_auc"] == report["metrics"]["roc_auc"]["value"]

    changed = json.loads(versioned.dvc("metrics", "diff", "HEAD~1", "--json"))
    assert set(changed.get("diff", changed)) == {"results/metrics/logistic_regression.json"}
    changed = json.loads(versioned.dvc("params", "diff", "HEAD~1", "--json"))
    changed = changed.get("diff", changed)["results/config.yaml"]
    assert changed == {"model.logistic_regression.params.C": {"old": 1.0, "new": 0.5, "diff": -0.5}}

    diff = json.loads(versioned.dvc("diff", "HEAD~1", "--json"))
    modified = {entry["path"] for entry in diff["modified"]}
    assert f"{MODEL}/model.skops" in modified
    assert not any("baseline" in path for path in modified)
    assert (diff["added"], diff["deleted"]) == ([], [])


def test_plots_open_without_a_network(versioned: VersionedProject):
    versioned.dvc("plots", "diff", "HEAD~1")
    page = versioned.path("dvc_plots/index.html")
    text = page.read_text()
    assert 'src="http' not in text
    assert "src='http" not in text
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("the page is not looked at: install the package chromium")
    offline = ["--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:1"]
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", *offline]
    command += ["--virtual-time-budget=20000", "--dump-dom", page.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    # Drawn: three curves, with the models and both revisions in their legends.
    assert shown.count('role="graphics-document"') == 3
    assert "2 values: baseline, logistic_regression" in shown
    assert "2 values: HEAD~1, workspace" in shown


def test_push_pull_and_collect(versioned: VersionedProject):
    before = versioned.digests()
    versioned.dvc("push")
    shutil.rmtree(versioned.path(".dvc/cache"))
    shutil.rmtree(versioned.path("results"))
    # One model alone, then everything.
    versioned.dvc("pull", MODEL)
    assert set(versioned.digests()) == {
        name for name in before if f"results/{name}".startswith(MODEL)
    }
    versioned.dvc("pull")
    assert versioned.digests() == before
    versioned.dvc("fetch", "--run-cache")

    versioned.dvc("gc", "-w", "-f")
    assert versioned.dvc("status").strip() == UP_TO_DATE
    shutil.rmtree(versioned.path("results"))
    versioned.dvc("checkout")
    assert versioned.digests() == before
    # The cache has lost the run before, but says so.
    outcome = versioned.restore("--rev", "HEAD~1").failed()
    assert "the version is not complete" in outcome.output
    assert versioned.digests() == before
    # Nothing of that keeps a run from going on.
    versioned.restore().succeeded()
    assert versioned.snakemake(config=OTHER).succeeded().jobs == []


def test_hundred_artefacts_take_five_seconds(versioned: VersionedProject):
    folder = versioned.path("results/models/many")
    folder.mkdir()
    for number in range(100):
        (folder / f"{number}.bin").write_bytes(number.to_bytes(2) * 50_000)
    settings = {"remote": {"url": None}, "push": False, "commit": False, "lock_timeout": 60}
    given = f"{settings!r}, 'run', '', 'workflow', 'results/version.json'"
    code = f"from churn.versioning import version_results; version_results({given})"
    surroundings = environment() | {"PYTHONPATH": "workflow/scripts"}

    def seconds() -> float:
        """Processor time, which does not depend on what else the machine does."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-c", code]
        subprocess.run(command, cwd=versioned.folder, env=surroundings, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    seconds()
    (folder / "0.bin").write_bytes(b"changed")
    assert seconds() < 5
    assert versioned.dvc("status").strip() == UP_TO_DATE
