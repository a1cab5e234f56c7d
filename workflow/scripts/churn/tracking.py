"""Log runs of the workflow to MLflow: a run for the whole, and inside it one for each model.

Nothing is logged twice: runs and models carry the digest of their content as a tag, and are found
by it. What a killed process has left unfinished is completed, which does no harm where another
process is completing it too, since the content is the same.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from churn.logged_model import DIGEST, log_model
from churn.mlflow_store import ENTRY
from churn.tracking_spool import Entry, digest_of, file_digest

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel, Run

logger = logging.getLogger(__name__)

COMPLETE, OUTCOME = "complete", "champion_status"
# Limits of MLflow.
LONGEST_PARAM, LONGEST_TAG = 6000, 5000
PARAMS_A_REQUEST, METRICS_A_REQUEST = 100, 1000
HEADLINES = ("cv_roc_auc", "test_roc_auc", "test_roc_auc_low", "test_roc_auc_high")
PARAMS_OF_MODEL = ("features", "training", "seed")


def log_run(
    client: "MlflowClient", entry: Entry, artifacts: str | None
) -> tuple[str, dict[str, "LoggedModel"]]:
    """Log a run of the workflow with all of its models.

    Parameters
    ----------
    client : MlflowClient
    entry : Entry
    artifacts : str or None
        URI under which a new experiment keeps its files; None leaves it to the server.

    Returns
    -------
    run : str
        Id of the run.
    models : dict of str to LoggedModel
        The logged models by name.
    """
    experiment = experiment_id(client, entry.content["tracking"]["experiment"], artifacts)
    run = _the_run(client, experiment, entry.digest, run_name(entry), _started(entry), {})
    while True:
        known = run.data.tags.get(COMPLETE) == "true"
        models = {
            name: _log_model_run(client, experiment, run, entry, name)
            for name in entry.content["models"]
        }
        if not known:
            _log_whole(client, run, entry)
        _note_outcome(client, run, entry)
        settled = _settle(client, experiment, entry.digest, run)
        if settled.info.run_id == run.info.run_id:
            return str(run.info.run_id), models
        run = settled


def experiment_id(client: "MlflowClient", name: str, artifacts: str | None) -> str:
    """Find the experiment of that name, or create it."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name, artifacts))
        except MlflowException as error:
            # Another process was quicker.
            found = client.get_experiment_by_name(name)
            if found is None:
                raise error
    if found.lifecycle_stage != "active":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def run_name(entry: Entry) -> str:
    """Name a run by when it was and what it is."""
    created = datetime.fromisoformat(entry.content["created"])
    return f"{created:%Y-%m-%d %H:%M:%S} {entry.digest[:8]}"


def flatten(section: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """List the leaves of a configuration as dotted key and text, as MLflow takes parameters."""
    for name, value in section.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{key}.")
        else:
            yield key, str(value)[:LONGEST_PARAM]


def metrics_of_model(entry: Entry, name: str) -> list[tuple[str, float, int]]:
    """List the metrics of a model.

    Parameters
    ----------
    entry : Entry
    name : str

    Returns
    -------
    list of (str, float, int)
        Name, value and step. ``test_...`` with its interval (``_low``, ``_high``), ``cv_...``
        with its standard deviation over the folds (``_std``), and ``fold_...`` with a step for
        each fold, repeat after repeat.
    """
    report = entry.json(f"evaluation/{name}/report.json")
    found = []
    for metric, value in report["metrics"].items():
        if isinstance(value, Mapping):
            found.append((f"test_{metric}", value["value"], 0))
            found += [(f"test_{metric}_{end}", value[end], 0) for end in ("low", "high")]
        else:
            found.append((metric, value, 0))
    for metric, value in report["cross_validation"].items():
        found += [(f"cv_{metric}", value["mean"], 0), (f"cv_{metric}_std", value["std"], 0)]
    for metric, value in entry.json(f"models/{name}/metrics.json")["metrics"].items():
        found += [(f"fold_{metric}", score, step) for step, score in enumerate(value["folds"])]
    return [(metric, float(value), step) for metric, value, step in found if value is not None]


def _log_whole(client: "MlflowClient", run: "Run", entry: Entry) -> None:
    """Log what belongs to the run of the workflow itself, and mark it as complete."""
    config = entry.config()
    shared = {key: config[key] for key in config if key != "model"}
    durations = entry.content["durations"].items()
    metrics = [(f"seconds_{rule}", seconds, 0) for rule, seconds in durations]
    # Of the candidate, so that runs can be told apart in MLflow's table of them.
    candidate = metrics_of_model(entry, entry.json("champion.json")["candidate"])
    metrics += [metric for metric in candidate if metric[0] in HEADLINES]
    _log(client, run, dict(flatten(shared)), metrics, _tags(entry))
    _log_dataset(client, run, entry)
    for path in sorted(entry.folder.iterdir()):
        if path.is_dir() and path.name in {"data", "plots"}:
            client.log_artifacts(run.info.run_id, str(path), path.name)
        elif path.is_file() and path.name != ENTRY:
            client.log_artifact(run.info.run_id, str(path))
    _finish(client, run)


def _log_model_run(
    client: "MlflowClient", experiment: str, parent: "Run", entry: Entry, name: str
) -> "LoggedModel":
    digest = digest_of({"run": parent.info.run_id, "model": name})
    tags = {"mlflow.parentRunId": parent.info.run_id, "model": name}
    run = _the_run(client, experiment, digest, name, parent.info.start_time, tags)
    config = entry.config()
    if run.data.tags.get(COMPLETE) == "true":
        return log_model(client, experiment, run.info.run_id, entry, name)
    params = {key: config[key] for key in PARAMS_OF_MODEL} | {"model": config["model"][name]}
    _log(client, run, dict(flatten(params)), [], _tags(entry))
    model = log_model(client, experiment, run.info.run_id, entry, name)
    _log(client, run, {}, metrics_of_model(entry, name), {}, model.model_id)
    _log_dataset(client, run, entry)
    for file in ("report.json", "curves.json"):
        client.log_artifact(run.info.run_id, str(entry.folder / f"evaluation/{name}/{file}"))
    explanation = entry.folder / f"explanations/{name}.json"
    if explanation.is_file():
        client.log_artifact(run.info.run_id, str(explanation), "explanation")
    _finish(client, run)
    logger.info("logged %s", name)
    return model


def _finish(client: "MlflowClient", run: "Run") -> None:
    client.set_terminated(run.info.run_id, "FINISHED")
    client.set_tag(run.info.run_id, COMPLETE, "true")


def _the_run(
    client: "MlflowClient",
    experiment: str,
    digest: str,
    name: str,
    started: int,
    tags: Mapping[str, str],
) -> "Run":
    """Find the run with that digest, or create it."""
    found = _runs(client, experiment, digest)
    if found:
        return found[0]
    run = client.create_run(experiment, started, {DIGEST: digest, **tags}, name)
    return _settle(client, experiment, digest, run)


def _settle(client: "MlflowClient", experiment: str, digest: str, mine: "Run") -> "Run":
    """Agree with others who have logged the same at the same time on one run; delete the other.

    All choose by the same order, and each looks again after it has finished.
    """
    chosen = _runs(client, experiment, digest)[0]
    if chosen.info.run_id != mine.info.run_id:
        for run in [*_children(client, experiment, mine), mine]:
            client.delete_run(run.info.run_id)
    return chosen


def _runs(client: "MlflowClient", experiment: str, digest: str) -> list["Run"]:
    runs = client.search_runs([experiment], f"tags.{DIGEST} = '{digest}'")
    return sorted(runs, key=lambda run: (run.info.start_time, run.info.run_id))


def _children(client: "MlflowClient", experiment: str, parent: "Run") -> list["Run"]:
    runs = client.search_runs(
        [experiment], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'", max_results=10_000
    )
    return list(runs)


def _log(
    client: "MlflowClient",
    run: "Run",
    params: Mapping[str, str],
    metrics: list[tuple[str, float, int]],
    tags: Mapping[str, str],
    model_id: str | None = None,
) -> None:
    from mlflow.entities import Metric, Param, RunTag

    # Of the run, so that logging again after an interruption repeats the same values.
    time = run.info.start_time
    run_id = run.info.run_id
    points = [
        Metric(name, value, time, step, model_id=model_id, run_id=run_id)
        for name, value, step in metrics
    ]
    pairs = [Param(key, value) for key, value in params.items()]
    labels = [RunTag(key, value[:LONGEST_TAG]) for key, value in tags.items()]
    client.log_batch(run_id, tags=labels)
    for start in range(0, len(pairs), PARAMS_A_REQUEST):
        client.log_batch(run_id, params=pairs[start : start + PARAMS_A_REQUEST])
    for start in range(0, len(points), METRICS_A_REQUEST):
        client.log_batch(run_id, metrics=points[start : start + METRICS_A_REQUEST])


def _log_dataset(client: "MlflowClient", run: "Run", entry: Entry) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    customers, raw = entry.content["customers"], entry.json("data/download.json")
    schema = [
        {"name": column, "type": kind, "required": True}
        for kind, key in (("double", "numeric"), ("string", "categorical"))
        for column in customers[key]
    ]
    dataset = Dataset(
        "customers",
        # The longest that MLflow takes.
        raw["sha256"][:36],
        "local",
        json.dumps({"uri": "results/data/raw"}),
        json.dumps({"mlflow_colspec": schema}),
        json.dumps({"training_rows": customers["rows"]}),
    )
    client.log_inputs(
        run.info.run_id,
        [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])],
    )


def _tags(entry: Entry) -> dict[str, str]:
    provenance = entry.content["provenance"]
    tags = {
        "config_digest": file_digest(entry.folder / "config.yaml"),
        **provenance,
        "data_sha256": entry.json("data/download.json")["sha256"],
        "mlflow.source.name": "workflow/Snakefile",
        "mlflow.source.type": "PROJECT",
    }
    if "git_commit" in provenance:
        tags["mlflow.source.git.commit"] = provenance["git_commit"]
    return tags


def _note_outcome(client: "MlflowClient", run: "Run", entry: Entry) -> None:
    """Note who is champion, which may change though the same is run again."""
    champion = entry.json("champion.json")
    for key, tag in (("champion", "champion"), ("candidate", "candidate"), ("status", OUTCOME)):
        if champion[key] is not None and run.data.tags.get(tag) != champion[key]:
            client.set_tag(run.info.run_id, tag, champion[key])


def _started(entry: Entry) -> int:
    """Give the start of a run in milliseconds since 1970."""
    text = entry.content["provenance"].get("started", entry.content["created"])
    return int(datetime.fromisoformat(text).timestamp() * 1000)
