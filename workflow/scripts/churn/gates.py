"""Gates that a model has to pass before it is named champion."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from churn.errors import InputError
from churn.files import read_json, write_text

Interval = Mapping[str, float]


def check_gates(
    report: Mapping[str, Any], leakage: Mapping[str, Any], settings: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Hold a model's evaluation against all configured gates.

    Parameters
    ----------
    report : mapping
        The evaluation report of the model.
    leakage : mapping
        Signs of leaks, from `churn.leakage`.
    settings : mapping
        The section ``evaluation.gates`` of the config; a bound of None switches a gate off.

    Returns
    -------
    list of dict
        For each gate its name (``gate``), whether it is ``passed``, the ``value``, the ``bound``,
        and a ``message`` that says what that means.
    """
    return [*_quality_gates(report, settings), *_leak_alarms(report, leakage, settings)]


def failed(gates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Give the gates that were not passed."""
    return [gate for gate in gates if not gate["passed"]]


def enforce(champion: str | Path, passed: str | Path) -> None:
    """Note that all gates were passed.

    Parameters
    ----------
    champion : str or Path
        The champion's record (JSON).
    passed : str or Path
        Where the names of the gates go.

    Raises
    ------
    InputError
        With a line for every gate that was not passed.
    """
    record = read_json(champion)
    problems = [
        f"{record['candidate']} does not pass the gate '{gate['gate']}': {gate['message']}"
        for gate in failed(record["gates"])
    ]
    if problems:
        raise InputError([*problems, "all results are written; see evaluation.gates in config/"])
    write_text(passed, "".join(f"{gate['gate']}\n" for gate in record["gates"]))


def as_text(record: Mapping[str, Any]) -> str:
    """Say for the terminal who is champion and why, and which gates were not passed."""
    words = {
        "named": f"Champion: {record['champion']} ({record['reason']})",
        "kept": f"Champion: still {record['champion']} ({record['reason']})",
        "refused": f"No new champion: {record['candidate']} is refused by the quality gates",
    }
    lines = [f"  GATE NOT PASSED: {gate['message']}" for gate in failed(record["gates"])]
    return "\n".join([words[record["status"]], *lines])


def _quality_gates(
    report: Mapping[str, Any], settings: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    metrics: Mapping[str, Interval] = report["metrics"]
    for name, bound in sorted(settings["minimum"].items()):
        yield _at_least(f"minimum {name}", metrics[name]["value"], bound, f"{name} on the test set")
    low = metrics["roc_auc"]["low"]
    what = f"the lower end of the interval of ROC-AUC on the test set is {low:.4g}, more than 0.5"
    yield _gate("better than chance", low > 0.5, low, 0.5, what)
    bound = settings["min_lift"]
    if bound is not None:
        lift = metrics["average_precision"]["value"] / report["churn_rate"]
        yield _at_least("lift", lift, bound, "average precision as a multiple of the baseline's")
    bound = settings["max_calibration_error"]
    if bound is not None:
        # Noise alone makes the value itself large where there are few customers.
        value = metrics["calibration_error"]["low"]
        what = "the lower end of the interval of the calibration error on the test set"
        yield _at_most("calibration", value, bound, what)


def _leak_alarms(
    report: Mapping[str, Any], leakage: Mapping[str, Any], settings: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    bound = settings["max_roc_auc"]
    if bound is not None:
        value = report["metrics"]["roc_auc"]["value"]
        yield _at_most("too good", value, bound, "ROC-AUC on the test set (a leak?)")
    bound = settings["max_single_feature_roc_auc"]
    if bound is not None:
        best = leakage["single_feature"][0]
        what = f"ROC-AUC of '{best['column']}' alone (does it give the answer away?)"
        yield _at_most("single feature", best["roc_auc"], bound, what)
    what = "customers of the test set with the features of a training customer"
    yield _at_most("shared rows", leakage["shared_rows"], 0, what)


def _at_least(gate: str, value: float, bound: float, what: str) -> dict[str, Any]:
    return _gate(gate, value >= bound, value, bound, f"{what} is {value:.4g}, at least {bound:g}")


def _at_most(gate: str, value: float, bound: float, what: str) -> dict[str, Any]:
    return _gate(gate, value <= bound, value, bound, f"{what} is {value:.4g}, at most {bound:g}")


def _gate(gate: str, passed: bool, value: float, bound: float, message: str) -> dict[str, Any]:
    return {
        "gate": gate,
        "passed": bool(passed),
        "value": value,
        "bound": bound,
        "message": f"{message} is wanted",
    }
