"""The results of a small run, made by the library without the workflow."""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
from churn.evaluation import evaluate_model
from churn.features import load_customers, split
from churn.files import write_json, write_yaml
from churn.training import train_model

from support.tables import customers_with_signal

EVALUATION: dict[str, Any] = {
    "threshold": {"policy": "metric", "metric": "f1", "min_precision": 0.6},
    "bootstrap": {"draws": 100, "confidence": 0.95},
    "slices": {"bins": 2, "min_rows": 100, "min_churned": 10},
}
TRAINING = {"cross_validation": {"folds": 3, "repeats": 1}}
DATA = {
    "target": "churn",
    "positive_label": "1",
    "id": "id",
    "numeric": ["usage", "noise"],
    "categorical": ["plan", "senior"],
    "drop": [],
    "delimiter": ",",
}
MISSING = ["unknown"]


def model_config(strength: float) -> dict[str, Any]:
    """Configure a logistic regression."""
    return {
        "estimator": "sklearn.linear_model.LogisticRegression",
        "params": {"C": strength},
        "preprocessing": {
            "impute": True,
            "scale": True,
            "encode": "one_hot",
            "max_categories": None,
        },
        "calibration": "none",
    }


def raw_table(rows: int) -> pd.DataFrame:
    """Give a table as it might be delivered: numbers as categories, blanks among numbers."""
    customers = customers_with_signal(rows)
    table = pd.concat([customers.ids, customers.features], axis=1)
    table["senior"] = range(rows)
    table["senior"] %= 2
    table["noise"] = table["noise"].map(str)
    table.loc[::50, "noise"] = " "
    table.loc[::40, "plan"] = "unknown"
    return table.assign(churn=customers.target)


def make_results(folder: Path, models: dict[str, float], rows: int = 600) -> Path:
    """Make the results of a run of models, each by its strength of regularisation.

    Parameters
    ----------
    folder : Path
        Where the results go.
    models : dict of str to float
        ``C`` by name; the first is the candidate.
    rows : int

    Returns
    -------
    Path
        `folder`.
    """
    raw = folder / "data/raw/customer_churn.csv"
    raw.parent.mkdir(parents=True)
    raw_table(rows).to_csv(raw, index=False)
    train, test = (str(folder / f"data/processed/{part}.parquet") for part in ("train", "test"))
    for_training, for_testing = split(load_customers(raw, DATA, MISSING), 0.3, 1)
    for_training.write(train)
    for_testing.write(test)
    for name, strength in models.items():
        _model(folder, name, strength, train, test)
    sha256 = hashlib.sha256(raw.read_bytes()).hexdigest()
    write_json(folder / "data/download.json", {"kind": "file", "sha256": sha256})
    write_json(folder / "comparison.json", {"models": list(models), "pairs": []})
    config = {
        "features": {"missing_values": MISSING, "test_size": 0.3},
        "training": TRAINING,
        "seed": 1,
        "model": {name: model_config(strength) for name, strength in models.items()},
    }
    write_yaml(folder / "config.yaml", config)
    decide(folder, next(iter(models)), "named", [next(iter(models))])
    return folder


def decide(
    folder: Path, candidate: str, status: str, history: list[str], failed: str | None = None
) -> None:
    """Write what became of a candidate: named, kept out or refused for a gate."""
    gates = [{"gate": "lift", "passed": failed is None, "message": failed or "enough"}]
    record = {
        "champion": history[-1] if history else None,
        "status": status,
        "candidate": candidate,
        "value": 0.8,
        "std": 0.01,
        "reason": "best of all" if status == "named" else "not better",
        "gates": gates,
        "history": [{"champion": name, "digest": name} for name in history],
    }
    write_json(folder / "champion.json", record)


def _model(folder: Path, name: str, strength: float, train: str, test: str) -> None:
    place = {
        key: str(folder / f"models/{name}/{file}")
        for key, file in {
            "model": "model.skops",
            "metrics": "metrics.json",
            "out_of_fold": "out_of_fold.parquet",
            "config": "config.yaml",
        }.items()
    }
    place |= {
        key: str(folder / f"evaluation/{name}/{file}")
        for key, file in {
            "report": "report.json",
            "curves": "curves.json",
            "predictions": "predictions.parquet",
        }.items()
    }
    train_model(
        name, train, place, model=model_config(strength), training=TRAINING, seed=1, threads=1
    )
    inputs = {**place, "train": train, "test": test}
    evaluate_model(name, inputs, place, evaluation=EVALUATION, slices=[], seed=1, threads=1)
