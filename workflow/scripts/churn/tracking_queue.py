"""Log what waits to be logged, in bounded time, whatever the state of the server."""

import logging
import os
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import Timeout
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from churn import mlflow_store, registry, tracking, tracking_spool
from churn.errors import InputError
from churn.mlflow_store import PENDING, without_secrets
from churn.redaction import hide_in_urls

logger = logging.getLogger(__name__)

Settings = Mapping[str, Any]


def with_names(settings: Settings, project: str) -> dict[str, Any]:
    """Give the section ``tracking`` with the project's name where it leaves one open."""
    names = {key: settings[key] or project for key in ("experiment", "registered_model")}
    return {**settings, **names}


def track(results: Path, settings: Settings) -> dict[str, Any]:
    """Log a finished run, after those that are still to be logged.

    Parameters
    ----------
    results : Path
        Folder with the results.
    settings : mapping
        From `with_names`; the mode is not off.

    Returns
    -------
    dict
        As from `work_off`.
    """
    folder = results / "mlflow"
    tracking_spool.add(results, folder / PENDING, settings)
    return work_off(folder, settings["time_limit"])


def work_off(folder: Path, seconds: float) -> dict[str, Any]:
    """Log what waits, the oldest first, and keep what cannot be logged now.

    Parameters
    ----------
    folder : Path
        Folder of the local store and of what waits.
    seconds : float
        Time limit.

    Returns
    -------
    dict
        ``status``: logged or pending; ``logged``: a list with ``digest``, ``experiment``,
        ``run_id`` and what was ``registered`` for each run; number of runs still ``pending``, and
        the ``reason`` for it; ``seconds`` it took.
    """
    mlflow_store.redact_log()
    start = time.monotonic()
    logged: list[dict[str, Any]] = []
    reasons: dict[str, str] = {}
    try:
        with mlflow_store.time_limit(seconds), mlflow_store.alone(folder, seconds):
            for entry in tracking_spool.entries(folder / PENDING):
                _try(folder, entry, logged, reasons)
    except (mlflow_store.TimeUp, Timeout):
        reasons["time"] = f"the time limit of {seconds:g} s was reached (tracking.time_limit)"
    waiting = tracking_spool.entries(folder / PENDING)
    return {
        "status": "pending" if waiting else "logged",
        "logged": logged,
        "pending": len(waiting),
        "reason": "; ".join(reasons.values()) if waiting else None,
        "seconds": round(time.monotonic() - start, 3),
    }


def as_text(outcome: Mapping[str, Any]) -> str:
    """Say for the terminal what was logged, and what was not."""
    lines = [
        f"MLflow: run {run['run_id']} in experiment {run['experiment']}; "
        f"{run['registered']['name']} version {run['registered']['version']} "
        f"({run['registered']['alias']})"
        for run in outcome["logged"]
    ]
    if outcome["status"] == "pending":
        lines.append(
            f"Warning: MLflow has not taken {outcome['pending']} run(s): {outcome['reason']}. "
            "They are kept in results/mlflow/pending; the next run or `make track` logs them."
        )
    return "\n".join(lines) or "MLflow: nothing is left to be logged"


def _try(
    folder: Path,
    entry: tracking_spool.Entry,
    logged: list[dict[str, Any]],
    reasons: dict[str, str],
) -> None:
    """Log a run, unless an earlier one could not be logged to the same store."""
    mode = entry.content["tracking"]["mode"]
    if mode in reasons:
        return
    try:
        logged.append(_log(folder, entry))
    # Whatever a server, its database or a full disk makes MLflow raise: the run ends well.
    except Exception as error:
        logger.error("%s", without_secrets(traceback.format_exc()))
        reasons[mode] = _one_line(error)
    else:
        entry.discard()


def _is_refused(error: BaseException) -> bool:
    from mlflow.exceptions import MlflowException

    # Another process is copying the same files to the same place.
    if isinstance(error, FileExistsError):
        return True
    # Not what a full or broken database answers, and not a server that is down.
    refused = isinstance(error, MlflowException) and error.error_code != "TEMPORARILY_UNAVAILABLE"
    return refused and _no_answer(error) is None


# Others may log the same at the same time, and a run, a parameter, a version or an alias be there
# already; what is there is not logged again.
@retry(
    retry=retry_if_exception(_is_refused),
    stop=stop_after_attempt(6),
    wait=wait_random_exponential(0.2, max=5),
    reraise=True,
)
def _log(folder: Path, entry: tracking_spool.Entry) -> dict[str, Any]:
    settings = entry.content["tracking"]
    client = mlflow_store.connect(folder, settings)
    artifacts = None
    if settings["mode"] == "local":
        artifacts = (folder / mlflow_store.ARTIFACTS).resolve().as_uri()
    run, models = tracking.log_run(client, entry, artifacts)
    return {
        "digest": entry.digest,
        "experiment": settings["experiment"],
        "run_id": run,
        "registered": registry.register(client, entry, run, models),
    }


def _one_line(error: Exception) -> str:
    if isinstance(error, InputError):
        return without_secrets("; ".join(error.problems))
    no_answer = _no_answer(error)
    if no_answer is not None:
        uri = hide_in_urls(os.environ.get(mlflow_store.URI, ""))
        return f"the server at {uri} does not answer ({type(no_answer).__name__})"
    text = (str(error).strip().splitlines() or [""])[0]
    return without_secrets(f"{type(error).__name__}: {text}"[:500])


def _no_answer(error: BaseException) -> BaseException | None:
    """Give the failed request that an error comes from, if it comes from one."""
    import requests

    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, requests.RequestException):
        cause = cause.__cause__ or cause.__context__
    return cause
