"""For each kind of change, exactly the jobs run that depend on it."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.project import SMALL, Project

FETCH = "Fetching the raw customers"
PROCESS = "Checking, cleaning and splitting the customers"
TRAIN = ["Training baseline", "Training logistic_regression"]
EVALUATE = ["Evaluating baseline", "Evaluating logistic_regression"]
EXPLAIN = ["Explaining baseline", "Explaining logistic_regression"]
LEAKS = "Looking for leaks"
DRAW, CARD = "Drawing the plots", "Writing the model card"
COMPARE = ["Comparing the models", "Naming the champion", DRAW, CARD]
AFTER_TRAINING = [*EVALUATE, *COMPARE]
AFTER_PROCESS = [*TRAIN, *EXPLAIN, *AFTER_TRAINING]
FROM_PROCESS = [PROCESS, LEAKS, *AFTER_PROCESS]
ALL = [FETCH, *FROM_PROCESS]
ONE_MODEL = [TRAIN[1], EXPLAIN[1], EVALUATE[1], *COMPARE]
LIBRARY = "workflow/scripts/churn"


def override(*words: str) -> tuple[str, ...]:
    """Give the small run's settings with more on top."""
    return (*SMALL, f"overrides={' '.join(words)}")


# What changes on the command line, and the jobs that have to run.
SETTINGS = {
    "nothing": ((), []),
    "seed": (("seed=7",), FROM_PROCESS),
    "seed of the data": (("data.source.seed=7",), ALL),
    "a parameter of one model": (("model.params.C=0.5",), ONE_MODEL),
    "preprocessing of all models": (("model.preprocessing.max_categories=9",), AFTER_PROCESS),
    "test size": (("features.test_size=0.3",), FROM_PROCESS),
    "a column's role": (("data.drop=[gender]",), FROM_PROCESS),
    "number of folds": (("training.cross_validation.folds=3",), AFTER_PROCESS),
    "number of repeats": (("training.cross_validation.repeats=2",), AFTER_PROCESS),
    "calibration": (("model.calibration=sigmoid",), AFTER_PROCESS),
    "metric of the threshold": (("evaluation.threshold.metric=mcc",), AFTER_TRAINING),
    "policy of the threshold": (("evaluation.threshold.policy=profit",), AFTER_TRAINING),
    "column of slices": (("data.slices=[Contract]",), AFTER_TRAINING),
    "size of slices": (("evaluation.slices.min_rows=50",), AFTER_TRAINING),
    # The comparison writes down the whole configuration.
    "permutations": (("evaluation.explanations.repeats=3",), [*EXPLAIN, *COMPARE]),
    "number of reasons": (("evaluation.explanations.reasons=2",), COMPARE),
    "a gate": (("evaluation.gates.min_lift=2",), COMPARE),
    "rule of the champion": (("champion.rule=simplest_equivalent",), COMPARE),
    "log level": (("logging.level=DEBUG",), []),
    "project name": (("project=other",), []),
}


def test_nothing_to_do_loads_neither_hydra_nor_pandas(finished: Project):
    # In this folder the configuration is remembered from now on.
    finished.snakemake("--dry-run").succeeded()
    executable, *words = finished.command()
    outcome = finished.run([executable, "-X", "importtime", *words]).succeeded()
    assert "Nothing to be done" in outcome.output
    loaded = {line.split("|")[-1].strip() for line in outcome.output.splitlines() if "|" in line}
    assert "snakemake.workflow" in loaded
    assert not loaded & {"hydra", "omegaconf", "pandas", "sklearn", "churn.warm.workers"}


@pytest.mark.parametrize("change", SETTINGS)
def test_changed_setting(finished_once: Project, change: str):
    words, expected = SETTINGS[change]
    # A dry run plans the same jobs and leaves the shared project as it is.
    outcome = finished_once.snakemake("--dry-run", config=override(*words)).succeeded()
    assert outcome.jobs == sorted(expected)


def append(name: str) -> Callable[[Project], None]:
    """Make a change that adds a comment to a file."""

    def change(project: Project) -> None:
        path = project.path(name)
        path.write_text(path.read_text() + "\n# a comment\n")

    return change


def touch(name: str) -> Callable[[Project], None]:
    """Make a change that sets a file's time to now."""
    return lambda project: os.utime(project.path(name))


def delete(name: str) -> Callable[[Project], None]:
    """Make a change that deletes a file."""
    return lambda project: project.path(name).unlink()


# What changes in the folder, and the jobs that have to run.
FILES = {
    "comment in a YAML file": (append("config/model/logistic_regression.yaml"), []),
    "comment in the main config": (append("config/config.yaml"), []),
    "module of training": (append(f"{LIBRARY}/training.py"), AFTER_PROCESS),
    "module of comparing": (append(f"{LIBRARY}/comparison.py"), COMPARE),
    "module of the command line": (append(f"{LIBRARY}/config/command_line.py"), []),
    "module of explaining": (append(f"{LIBRARY}/importance.py"), [*EXPLAIN, DRAW, CARD]),
    "module of two stages": (append(f"{LIBRARY}/metrics.py"), AFTER_PROCESS),
    "script of evaluating": (
        append("workflow/scripts/evaluate_model.py"),
        AFTER_TRAINING,
    ),
    "raw table touched": (touch("results/data/raw/customer_churn.csv"), []),
    "training set touched": (touch("results/data/processed/train.parquet"), []),
    "module touched": (touch(f"{LIBRARY}/training.py"), []),
    "model deleted": (delete("results/models/logistic_regression/model.skops"), ONE_MODEL),
    "report deleted": (
        delete("results/evaluation/baseline/report.json"),
        [EVALUATE[0], *COMPARE],
    ),
    "leaderboard deleted": (delete("results/leaderboard.csv"), COMPARE),
    "champion deleted": (delete("results/champion.json"), ["Naming the champion", CARD]),
    "module of plots": (append(f"{LIBRARY}/plots/ranking.py"), [DRAW]),
    "template of the card": (append("workflow/report/model_card.md.jinja"), [CARD]),
    "caption": (append("workflow/report/ranking.rst"), []),
    "log deleted": (delete("results/logs/train_model/baseline.log"), []),
}


@pytest.mark.parametrize("change", FILES)
def test_changed_file(finished: Project, change: str):
    make, expected = FILES[change]
    make(finished)
    assert finished.snakemake("--dry-run").succeeded().jobs == sorted(expected)


def test_run_does_what_the_dry_run_says_and_then_nothing(finished: Project):
    changed = override("model.params.C=0.5")
    # All but the champion, who depends on the runs before.
    results = ("data", "models", "evaluation", "explanations", "leaderboard.csv", "comparison.json")
    before = finished.digests(*results)
    assert finished.snakemake(config=changed).succeeded().jobs == sorted(ONE_MODEL)
    after = finished.digests(*results)
    differing = {name for name in before if before[name] != after[name]}
    changed_models = {Path(name.split("/")[1]).stem for name in differing if "/" in name}
    assert changed_models == {"logistic_regression"}
    assert finished.snakemake(config=changed).succeeded().jobs == []
    # Going back gives the old bytes.
    assert finished.snakemake().succeeded().jobs == sorted(ONE_MODEL)
    assert finished.digests(*results) == before


def test_choosing_one_model_runs_no_other(finished: Project):
    config = ("model=logistic_regression", *SMALL[1:], "seed=7")
    outcome = finished.snakemake("evaluate", config=config).succeeded()
    assert outcome.jobs == sorted([PROCESS, TRAIN[1], EVALUATE[1]])


def test_edited_source_file_reruns_everything(new_project: Callable[[str], Project]):
    project = new_project("own_table")
    table = project.path("mine.csv")
    rows = [
        f"{n},{n * 7 % 113},{'xyz'[n % 3]},{'left' if n % 3 == 0 else 'stayed'}" for n in range(120)
    ]
    table.write_text("\n".join(["number,score,kind,outcome", *rows]) + "\n")
    words = "data.source.path=mine.csv data.target=outcome data.positive_label=left data.id=number"
    config = ("data=file", "model=baseline", f"overrides={words}")
    project.snakemake(config=config).succeeded()
    champion = json.loads(project.path("results/champion.json").read_text())
    # Nothing but the baseline is there, and no gate lets it pass.
    assert (champion["candidate"], champion["champion"]) == ("baseline", None)
    table.write_text(table.read_text() + "999,3.5,x,left\n")
    outcome = project.snakemake("--dry-run", config=config).succeeded()
    assert outcome.jobs == sorted(
        [FETCH, PROCESS, LEAKS, TRAIN[0], EXPLAIN[0], EVALUATE[0], *COMPARE]
    )


def test_raw_table_edited_in_the_results_is_refused_by_name(finished: Project):
    before = finished.digests("models", "evaluation")
    append("results/data/raw/customer_churn.csv")(finished)
    outcome = finished.snakemake().failed()
    assert outcome.jobs == [PROCESS]
    assert "customer_churn.csv: damaged, not as the workflow wrote it" in outcome.output
    assert finished.digests("models", "evaluation") == before


def test_new_model_is_one_yaml_file(finished: Project):
    text = finished.path("config/model/logistic_regression.yaml").read_text()
    text = text.replace("sklearn.linear_model.LogisticRegression", "sklearn.naive_bayes.GaussianNB")
    start, end = text.index("params:"), text.index("preprocessing:")
    text = f"{text[:start]}params: {{var_smoothing: 1.0e-8}}\n{text[end:]}"
    Path(finished.path("config/model/naive_bayes.yaml")).write_text(text)
    config = ("models=[baseline,logistic_regression,naive_bayes]", *SMALL[1:])
    outcome = finished.snakemake(config=config).succeeded()
    assert outcome.jobs == sorted(
        ["Training naive_bayes", "Explaining naive_bayes", "Evaluating naive_bayes", *COMPARE]
    )
    assert "naive_bayes" in finished.path("results/leaderboard.csv").read_text()
