"""Compare the cost of all bootstrap intervals of a model with that of fitting it once.

    python benchmarks/bootstrap_cost.py

It takes the training and the test set of the last run in results/, with the shipped parameters
of gradient boosting and the shipped number of draws, and prints processor seconds of each round
and their ratio.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from churn.bootstrap import intervals  # noqa: E402
from churn.customers import Customers  # noqa: E402
from churn.estimators import build_estimator  # noqa: E402
from churn.prediction import predict  # noqa: E402
from churn.preprocessing import build_pipeline  # noqa: E402


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("results/data/processed"))
    parser.add_argument("--rounds", type=int, default=5)
    words = parser.parse_args()
    train, test = (Customers.read(words.data / f"{part}.parquet") for part in ("train", "test"))
    print(f"{len(train)} customers to fit to, {len(test)} to resample")
    ratios = []
    for _ in range(words.rounds):
        fitting, model = timed(lambda: fit(train))
        probability = predict(model, test.features)
        resampling, _ = timed(lambda p=probability: resample(test, p))
        ratios.append(resampling / fitting)
        print(f"fit {fitting:.2f} s, bootstrap {resampling:.2f} s, ratio {ratios[-1]:.2f}")
    print(f"median ratio {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def fit(customers: Customers) -> Any:
    """Fit the shipped gradient boosting."""
    config = read("model/gradient_boosting")
    classifier = build_estimator(config["estimator"], config["params"], seed=0, threads=1)
    columns = list(customers.numeric.columns), list(customers.categorical.columns)
    pipeline = build_pipeline(classifier, *columns, config["preprocessing"])
    return pipeline.fit(customers.features, customers.target)


def resample(customers: Customers, probability: Any) -> Any:
    """Compute all intervals."""
    settings = read("evaluation/default")["bootstrap"]
    return intervals(customers.target, probability, 0.3, seed=0, **settings)


def read(name: str) -> dict[str, Any]:
    """Read a shipped config file."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text())
    return content


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Give the processor seconds that some work takes, and what it gives."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


if __name__ == "__main__":
    main()
