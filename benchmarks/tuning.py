"""Search the parameters of a shipped model on the training set, by repeated cross-validation.

It draws points from the space below, cross-validates each over the same folds as the workflow
would, and prints the best. The test set is not read. The folds are drawn with other seeds than the
shipped one, so that the figures of a run are no part of the search.
"""

import argparse
import random
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from churn.customers import Customers  # noqa: E402
from churn.training import train  # noqa: E402

SPACES: dict[str, dict[str, list[Any]]] = {
    "logistic_regression": {
        "C": [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0],
    },
    "random_forest": {
        "n_estimators": [200],
        "max_depth": [8, 12, None],
        "min_samples_leaf": [2, 5, 10, 20],
        "max_features": ["sqrt", 0.2, 0.3],
        "class_weight": [None],
    },
    "gradient_boosting": {
        "n_estimators": [100, 200, 300, 500],
        "learning_rate": [0.01, 0.02, 0.03, 0.05, 0.1],
        "max_depth": [2, 3, 4],
        "subsample": [0.4, 0.6, 0.8],
        "max_features": [0.1, 0.2, 0.4, None],
        "min_samples_leaf": [1, 10, 30],
    },
    "hist_gradient_boosting": {
        "max_iter": [100, 200, 300, 500],
        "learning_rate": [0.01, 0.02, 0.03, 0.05],
        "max_leaf_nodes": [4, 6, 8, 15],
        "min_samples_leaf": [10, 20, 40, 80],
        "l2_regularization": [0.0, 1.0, 10.0],
        "max_features": [0.1, 0.2, 0.4, 1.0],
    },
}
METRICS = ["roc_auc", "average_precision", "brier"]


def main() -> None:
    """Search and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=SPACES)
    parser.add_argument("--train", type=Path, default=Path("results/data/processed/train.parquet"))
    parser.add_argument("--points", type=int, default=40, help="points drawn from the space")
    parser.add_argument("--repeats", type=int, default=2, help="of five folds each")
    parser.add_argument("--seed", type=int, default=1, help="of the points and of the folds")
    parser.add_argument("--cores", type=int, default=2)
    words = parser.parse_args()
    config = yaml.safe_load((ROOT / "config/model" / f"{words.model}.yaml").read_text())
    customers = Customers.read(words.train)
    points = drawn(SPACES[words.model], words.points, words.seed)
    points = [{}, *points]
    scores = joblib.Parallel(n_jobs=words.cores, return_as="generator")(
        joblib.delayed(judge)(customers, config, point, words.repeats, words.seed)
        for point in points
    )
    rows = []
    for point, score in zip(points, scores, strict=True):
        rows.append({**score, **(point or {"shipped": True})})
    table = pd.DataFrame(rows).sort_values("roc_auc", ascending=False)
    print(table.head(15).to_string(index=False, float_format="{:.4f}".format))


def drawn(space: dict[str, list[Any]], number: int, seed: int) -> list[dict[str, Any]]:
    """Draw distinct points."""
    grid = [dict(zip(space, values, strict=True)) for values in product(*space.values())]
    return random.Random(seed).sample(grid, min(number, len(grid)))


def judge(
    customers: Customers, config: dict[str, Any], point: dict[str, Any], repeats: int, seed: int
) -> dict[str, float]:
    """Cross-validate a model at one point."""
    model = {**config, "params": {**config["params"], **point}}
    training = {"cross_validation": {"folds": 5, "repeats": repeats}}
    begun = time.perf_counter()
    _, scores, _ = train(customers, model, training, seed=seed, threads=1)
    means = {name: float(scores["metrics"][name]["mean"]) for name in METRICS}
    return {**means, "seconds": time.perf_counter() - begun}


if __name__ == "__main__":
    main()
