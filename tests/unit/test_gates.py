"""Quality gates: what passes, what does not, and in what words."""

from pathlib import Path
from typing import Any

import pytest
from churn.errors import InputError
from churn.files import read_json, write_json
from churn.gates import as_text, check_gates, enforce, failed

SETTINGS: dict[str, Any] = {
    "enforce": True,
    "minimum": {"roc_auc": 0.7, "recall": 0.5},
    "max_calibration_error": 0.05,
    "min_lift": 2.0,
    "max_roc_auc": 0.9,
    "max_single_feature_roc_auc": 0.9,
}
LEAKAGE = {"shared_rows": 0, "single_feature": [{"column": "usage", "roc_auc": 0.8}]}


def report(**values: float) -> dict[str, Any]:
    usual = {"roc_auc": 0.8, "recall": 0.6, "average_precision": 0.6, "calibration_error": 0.02}
    metrics = {
        name: {"value": value, "low": value - 0.02, "high": value + 0.02}
        for name, value in (usual | values).items()
    }
    return {"metrics": metrics, "churn_rate": 0.25}


def names(gates: list[dict[str, Any]]) -> list[str]:
    return [gate["gate"] for gate in failed(gates)]


def test_good_model_passes_all():
    gates = check_gates(report(), LEAKAGE, SETTINGS)
    assert names(gates) == []
    assert len(gates) == 8


@pytest.mark.parametrize(
    ("values", "leakage", "gate"),
    [
        ({"roc_auc": 0.69}, {}, "minimum roc_auc"),
        ({"recall": 0.4}, {}, "minimum recall"),
        ({"average_precision": 0.49}, {}, "lift"),
        ({"calibration_error": 0.08}, {}, "calibration"),
        ({"roc_auc": 0.95}, {}, "too good"),
        ({}, {"single_feature": [{"column": "usage", "roc_auc": 0.99}]}, "single feature"),
        ({}, {"shared_rows": 3}, "shared rows"),
    ],
)
def test_each_gate_refuses(values: dict[str, float], leakage: dict[str, Any], gate: str):
    assert names(check_gates(report(**values), LEAKAGE | leakage, SETTINGS)) == [gate]


def test_interval_that_holds_one_half_is_refused_whatever_is_configured():
    off = dict.fromkeys(SETTINGS) | {"minimum": {}}
    gates = check_gates(report(roc_auc=0.51), LEAKAGE, off)
    assert names(gates) == ["better than chance"]


def test_message_names_column_value_and_bound():
    leaky = LEAKAGE | {"single_feature": [{"column": "refund", "roc_auc": 0.991}]}
    message = failed(check_gates(report(), leaky, SETTINGS))[0]["message"]
    assert message == (
        "ROC-AUC of 'refund' alone (does it give the answer away?) is 0.991, at most 0.9 is wanted"
    )


def test_enforcing_names_every_gate_and_writes_nothing(tmp_path: Path):
    gates = check_gates(report(recall=0.1, roc_auc=0.6), LEAKAGE, SETTINGS)
    record: dict[str, Any] = {
        "champion": None,
        "candidate": "forest",
        "status": "refused",
        "reason": "",
    }
    record["gates"] = gates
    write_json(tmp_path / "champion.json", record)
    with pytest.raises(InputError) as raised:
        enforce(tmp_path / "champion.json", tmp_path / "passed.txt")
    assert len(raised.value.problems) == 3
    assert "forest does not pass the gate 'minimum recall'" in str(raised.value)
    assert not (tmp_path / "passed.txt").exists()
    text = as_text(read_json(tmp_path / "champion.json"))
    assert text.count("GATE NOT PASSED") == 2
