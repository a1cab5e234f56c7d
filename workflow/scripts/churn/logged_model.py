"""A model in MLflow: the skops file as it was trained, with all it takes to score raw customers."""

import re
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from churn import cleaning, served_model
from churn.files import write_json
from churn.tracking_spool import Entry, digest_of, file_digest
from churn.trusted_types import TRUSTED_TYPES

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

LOADER = "churn.served_model"
# What the model carries of this library, and needs of others to be loaded and to predict.
CODE = (cleaning.__file__, served_model.__file__)
PACKAGES = ("mlflow", "scikit-learn", "skops", "pandas", "numpy", "scipy")
DIGEST = "content_digest"
READY: Literal["READY"] = "READY"
# MLflow does not take these in names.
FORBIDDEN = re.compile(r"[/:.%\"']")


def log_model(
    client: "MlflowClient", experiment: str, run: str, entry: Entry, name: str
) -> "LoggedModel":
    """Log the model of a run, or find it: what earlier runs have logged is not stored again.

    Parameters
    ----------
    client : MlflowClient
    experiment : str
        Id of the experiment.
    run : str
        Id of the model's run.
    entry : Entry
        The run of the workflow.
    name : str
        The model's name.

    Returns
    -------
    LoggedModel
        Ready, and noted as an output of the run.
    """
    from mlflow.entities import LoggedModelOutput

    scoring = scoring_settings(entry, name)
    model = _model(client, experiment, run, entry, name, scoring)
    if model.status != READY:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "model"
            save(folder, entry, name, scoring, model.model_id, run)
            client.log_model_artifacts(model.model_id, str(folder))
        model = client.finalize_logged_model(model.model_id, READY)
    outputs = client.get_run(run).outputs
    noted = outputs.model_outputs if outputs else []
    if model.model_id not in {output.model_id for output in noted}:
        client.log_outputs(run, [LoggedModelOutput(model.model_id, step=0)])
    return model


def scoring_settings(entry: Entry, name: str) -> dict[str, Any]:
    """Give what `churn.served_model` needs beside the model."""
    customers = entry.content["customers"]
    return {
        "numeric": customers["numeric"],
        "categorical": customers["categorical"],
        "missing_values": entry.config()["features"]["missing_values"],
        "threshold": entry.json(f"evaluation/{name}/report.json")["threshold"],
        "trusted_types": list(TRUSTED_TYPES),
    }


def save(
    folder: Path, entry: Entry, name: str, scoring: dict[str, Any], model_id: str, run: str
) -> None:
    """Write the model's folder in MLflow's format."""
    import mlflow.pyfunc
    import pandas as pd
    from mlflow.models import Model
    from mlflow.models.signature import ModelSignature
    from mlflow.types.schema import AnyType, ColSpec, DataType, Schema

    columns = [*scoring["numeric"], *scoring["categorical"]]
    # The model takes a number as text and a category as a number; MLflow would refuse whole numbers
    # where it has seen fractions.
    anything = AnyType()  # type: ignore[no-untyped-call]
    signature = ModelSignature(
        inputs=Schema([ColSpec(anything, column) for column in columns]),
        outputs=Schema(
            [ColSpec(DataType.double, "probability"), ColSpec(DataType.long, "predicted")]
        ),
    )
    model = Model(model_id=model_id, model_uuid=model_id, run_id=run)
    # For those who want the bare pipeline, by mlflow.sklearn.load_model.
    model.add_flavor(
        "sklearn",
        pickled_model=f"data/served/{served_model.MODEL}",
        sklearn_version=version("scikit-learn"),
        serialization_format="skops",
        skops_trusted_types=scoring["trusted_types"],
        code="code",
    )
    with tempfile.TemporaryDirectory() as temporary:
        data, code = Path(temporary) / "served", Path(temporary) / "churn"
        data.mkdir()
        code.mkdir()
        shutil.copyfile(entry.folder / f"models/{name}/model.skops", data / served_model.MODEL)
        write_json(data / served_model.SETTINGS, scoring)
        for file in CODE:
            shutil.copy(file, code)
        (code / "__init__.py").touch()
        mlflow.pyfunc.save_model(
            folder,
            mlflow_model=model,
            loader_module=LOADER,
            data_path=str(data),
            code_paths=[str(code)],
            signature=signature,
            input_example=pd.DataFrame(entry.content["customers"]["examples"], columns=columns),
            pip_requirements=requirements(),
            metadata={
                "model": name,
                "threshold": scoring["threshold"],
                "target": entry.content["customers"]["target"],
                "data_sha256": entry.json("data/download.json")["sha256"],
            },
        )


def requirements() -> list[str]:
    """Pin the installed versions of what the model needs."""
    return [f"{package}=={version(package)}" for package in PACKAGES]


def _model(
    client: "MlflowClient",
    experiment: str,
    run: str,
    entry: Entry,
    name: str,
    scoring: dict[str, Any],
) -> "LoggedModel":
    """Find the logged model of this content, or create it."""
    sha256 = file_digest(entry.folder / f"models/{name}/model.skops")
    code = [file_digest(Path(file)) for file in CODE]
    content = {"name": name, "model": sha256, "scoring": scoring, "code": code}
    digest = digest_of({**content, "requirements": requirements()})
    found = client.search_logged_models([experiment], f"tags.{DIGEST} = '{digest}'")
    if found:
        # The same one for everybody, should two have logged it at the same time.
        return min(found, key=lambda model: (model.creation_timestamp, model.model_id))
    return client.create_logged_model(
        experiment,
        FORBIDDEN.sub("_", name),
        source_run_id=run,
        tags={DIGEST: digest, "sha256": sha256},
        params={"estimator": entry.config()["model"][name]["estimator"]},
        model_type="binary_classifier",
    )
