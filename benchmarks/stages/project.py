"""The folder of a peer's run: where its stages read and write, and what they are told."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

SETTINGS = "settings.json"
RAW = "results/data/raw/customer_churn.csv"
FACTS = "results/data/download.json"
TRAIN = "results/data/processed/train.parquet"
TEST = "results/data/processed/test.parquet"
PROFILE = "results/data/profile.json"


def settings() -> Any:
    """Read the resolved settings of the run."""
    return json.loads(Path(SETTINGS).read_text(encoding="utf-8"))


def threads(jobs: int) -> int:
    """Give the threads that each of so many jobs at the same time can have."""
    return max(1, int(settings()["cores"]) // jobs)


def training_outputs(model: str) -> dict[str, str]:
    """Give the files that training a model makes."""
    folder = f"results/models/{model}"
    return {
        "model": f"{folder}/model.skops",
        "metrics": f"{folder}/metrics.json",
        "out_of_fold": f"{folder}/out_of_fold.parquet",
        "config": f"{folder}/config.yaml",
    }


def evaluation_outputs(model: str) -> dict[str, str]:
    """Give the files that evaluating a model makes."""
    folder = f"results/evaluation/{model}"
    return {
        "report": f"{folder}/report.json",
        "curves": f"{folder}/curves.json",
        "predictions": f"{folder}/predictions.parquet",
    }


def for_each(models: Iterable[str], run: Callable[[str], None], jobs: int) -> None:
    """Run a stage for every model, in so many processes; one job is this process itself."""
    from joblib import Parallel, delayed  # here, since the stages without models need no joblib

    # Forked workers have the imports already; loky's would import scikit-learn again.
    Parallel(n_jobs=jobs, backend="multiprocessing")(delayed(run)(model) for model in models)
