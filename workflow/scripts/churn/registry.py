"""The model registry: a version for each champion and challenger, and who holds which alias.

``champion`` is in office, ``previous`` was before, ``challenger`` was the last that did not get
into office. The workflow moves ``champion`` once for each time that it names one, so that a
rollback by hand holds until the next one is named.
"""

import getpass
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from churn.errors import InputError
from churn.gates import failed
from churn.logged_model import DIGEST
from churn.tracking_spool import Entry, digest_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel
    from mlflow.entities.model_registry import ModelVersion

logger = logging.getLogger(__name__)

CHAMPION, PREVIOUS, CHALLENGER = "champion", "previous", "challenger"
# Tags of a version.
TERM, GATES_FAILED, REASON = "term", "gates_failed", "reason"
# A column of MLflow's database; SQLite does not mind, PostgreSQL does.
LONGEST_DESCRIPTION = 5000
MORE = "\n\n… the rest is in model_card.md, a file of the run."


def register(
    client: "MlflowClient", entry: Entry, run: str, models: Mapping[str, "LoggedModel"]
) -> dict[str, Any]:
    """Register the candidate of a run as champion or challenger.

    Parameters
    ----------
    client : MlflowClient
    entry : Entry
        The run of the workflow.
    run : str
        Id of the run of the workflow.
    models : mapping of str to LoggedModel
        The logged models of the run by name.

    Returns
    -------
    dict
        ``name`` and ``version`` of the registered model, and the ``alias`` it was meant for.
    """
    name = entry.content["tracking"]["registered_model"]
    record = entry.json("champion.json")
    model = models[record["candidate"]]
    _ensure_registered_model(client, name)
    version = _version_of(client, name, model)
    if version is None:
        version = _create_version(client, name, model, run, _description(entry, record))
    number = str(version.version)
    gates = "; ".join(gate["message"] for gate in failed(record["gates"]))
    tags = {"model": record["candidate"], REASON: record["reason"], GATES_FAILED: gates}
    named = record["status"] == "named"
    # Which naming it is: the same model may be named again, after another one.
    term = digest_of({"history": record["history"]})
    if named and version.tags.get(TERM) != term:
        _tag(client, name, number, tags)
        _take_office(client, name, number)
        # Last: a process that is killed before it does the rest again.
        client.set_model_version_tag(name, number, TERM, term)
    elif not named and number != _holder(client, name, CHAMPION):
        _tag(client, name, number, tags)
        client.set_registered_model_alias(name, CHALLENGER, number)
    return {"name": name, "version": number, "alias": CHAMPION if named else CHALLENGER}


def promote(client: "MlflowClient", name: str, version: str | None, reason: str) -> str:
    """Make a version champion by hand.

    Parameters
    ----------
    client : MlflowClient
    name : str
        Name of the registered model.
    version : str or None
        Number of the version; None takes the challenger.
    reason : str
        Why; noted with the version.

    Returns
    -------
    str
        What was done, for the terminal.

    Raises
    ------
    InputError
        If there is no such version, or it has not passed the gates.
    """
    from mlflow.exceptions import MlflowException

    if version is None:
        version = _holder(client, name, CHALLENGER)
        if version is None:
            raise InputError(f"{name}: there is no challenger; name a version with --version")
    try:
        chosen = client.get_model_version(name, version)
    except MlflowException as error:
        raise InputError(f"{name}: there is no version {version}") from error
    if chosen.tags.get(GATES_FAILED):
        raise InputError(
            f"{name}: version {version} has not passed the gates: {chosen.tags[GATES_FAILED]}"
        )
    before = _holder(client, name, CHAMPION)
    if before == version:
        raise InputError(f"{name}: version {version} is champion already")
    _take_office(client, name, version)
    _note_move(client, name, version, reason)
    return f"{name}: version {version} is champion, before it was {before or 'none'}"


def roll_back(client: "MlflowClient", name: str, reason: str) -> str:
    """Give the office back to the champion before; the one now in office becomes previous.

    Parameters
    ----------
    client : MlflowClient
    name : str
        Name of the registered model.
    reason : str
        Why; noted with the version.

    Returns
    -------
    str
        What was done, for the terminal.

    Raises
    ------
    InputError
        If there was no champion before.
    """
    previous = _holder(client, name, PREVIOUS)
    if previous is None:
        raise InputError(f"{name}: there is no champion before the one in office")
    return promote(client, name, previous, reason)


def _take_office(client: "MlflowClient", name: str, version: str) -> None:
    before = _holder(client, name, CHAMPION)
    if before == version:
        return
    if before is not None:
        client.set_registered_model_alias(name, PREVIOUS, before)
    client.set_registered_model_alias(name, CHAMPION, version)
    if _holder(client, name, CHALLENGER) == version:
        client.delete_registered_model_alias(name, CHALLENGER)
    logger.info("%s: version %s is champion, before it was %s", name, version, before)


def _holder(client: "MlflowClient", name: str, alias: str) -> str | None:
    """Give the number of the version that has an alias."""
    from mlflow.exceptions import MlflowException

    try:
        aliases = client.get_registered_model(name).aliases
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise
    return str(aliases[alias]) if alias in aliases else None


def _note_move(client: "MlflowClient", name: str, version: str, reason: str) -> None:
    moved = {
        "moved_because": reason,
        "moved_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "moved_by": getpass.getuser(),
    }
    _tag(client, name, version, moved)


def _tag(client: "MlflowClient", name: str, version: str, tags: Mapping[str, str]) -> None:
    for key, value in tags.items():
        client.set_model_version_tag(name, version, key, value[:LONGEST_DESCRIPTION])


def _ensure_registered_model(client: "MlflowClient", name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _version_of(client: "MlflowClient", name: str, model: "LoggedModel") -> "ModelVersion | None":
    """Find the version made of a logged model, or of another one of the same content."""
    found = client.search_model_versions(f"name = '{name}'", max_results=10_000)
    source, digest = f"models:/{model.model_id}", model.tags[DIGEST]
    versions = [
        version
        for version in found
        if model.model_id == version.model_id
        or source == version.source
        or digest == version.tags.get(DIGEST)
    ]
    return min(versions, key=lambda version: int(version.version)) if versions else None


def _create_version(
    client: "MlflowClient", name: str, model: "LoggedModel", run: str, description: str
) -> "ModelVersion":
    mine = client.create_model_version(
        name,
        f"models:/{model.model_id}",
        run_id=run,
        tags={DIGEST: model.tags[DIGEST]},
        description=description,
        model_id=model.model_id,
    )
    # Of two that were made at the same time both keep the first.
    first = _version_of(client, name, model) or mine
    if first.version != mine.version:
        client.delete_model_version(name, str(mine.version))
    return first


def shortened(card: str) -> str:
    """Cut a model card at the end of a line to what a server's database takes.

    The whole card is among the files of the run.
    """
    if len(card) <= LONGEST_DESCRIPTION:
        return card
    room = LONGEST_DESCRIPTION - len(MORE)
    return card[: card.rindex("\n", 0, room)] + MORE


def _description(entry: Entry, record: Mapping[str, Any]) -> str:
    """Give the model card, or what there is to say without one."""
    card = entry.folder / "model_card.md"
    if card.is_file():
        return shortened(card.read_text(encoding="utf-8"))
    report = entry.json(f"evaluation/{record['candidate']}/report.json")
    score = report["metrics"]["roc_auc"]
    lines = [
        f"**{record['candidate']}**: {record['reason']}.",
        f"ROC-AUC in cross-validation {record['value']:.4f} ± {record['std']:.4f}, on the test set "
        f"{score['value']:.4f} ({score['low']:.4f} to {score['high']:.4f}).",
        *(f"- gate '{gate['gate']}': {gate['message']}" for gate in record["gates"]),
    ]
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])
