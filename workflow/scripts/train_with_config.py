"""Train and evaluate one model in one process, without the workflow: for debugging.

A Hydra application: model=NAME chooses the model, any key can be overridden, and --help,
--cfg job, --multirun and tab completion work as in every one. It calls the same functions as
the workflow's jobs and writes the same bytes.
"""

import logging
import os
import sys
from pathlib import Path

import hydra
from churn import evaluation, features, sources, training
from churn.config.loading import run_of
from churn.config.run import Run
from churn.errors import InputError
from churn.estimator_checks import check_estimators
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

CACHE = Path(".snakemake/churn/estimators.json")

logger = logging.getLogger(__name__)


@hydra.main(config_path="../../config", config_name="config", version_base="1.3")
def main(config: DictConfig) -> None:
    """Run the four stages for the model of the composed configuration."""
    choice = HydraConfig.get().runtime.choices["model"]
    try:
        run = run_of(config, choice, lambda models: check_estimators(models, CACHE))
        four_stages(run, choice, Path(HydraConfig.get().runtime.output_dir))
    except InputError as error:
        sys.exit("\n".join(["Error:", *(f"  {problem}" for problem in error.problems)]))


def four_stages(run: Run, model: str, folder: Path) -> None:
    """Fetch, process, train and evaluate into a folder.

    Parameters
    ----------
    run : Run
        Holds one model.
    model : str
        Its name.
    folder : Path
        Where results go, named as the workflow names them.
    """
    path = {name: str(folder / file) for name, file in files_of(run).items()}
    seed, threads = run.section("seed"), os.cpu_count() or 1
    sources.download_data(run.section("data.source"), path["raw"], path["facts"])
    features.process_features(
        path["raw"],
        path["train"],
        path["test"],
        path["profile"],
        data=run.section("data", leave_out=["slices", "source"]),
        features=run.section("features"),
        seed=seed,
    )
    training.train_model(
        model,
        path["train"],
        path,
        model=run.model(model),
        training=run.section("training"),
        seed=seed,
        threads=threads,
    )
    evaluation.evaluate_model(
        model,
        path,
        path,
        evaluation=run.section("evaluation"),
        slices=run.section("data.slices"),
        seed=seed,
        threads=threads,
    )
    logger.info("results are in %s", folder)


def files_of(run: Run) -> dict[str, str]:
    """Name the results, by what the stages call them."""
    return {
        "raw": f"raw.{run.raw_suffix()}",
        "facts": "download.json",
        "train": "train.parquet",
        "test": "test.parquet",
        "profile": "profile.json",
        "model": "model.skops",
        "metrics": "metrics.json",
        "out_of_fold": "out_of_fold.parquet",
        "config": "config.yaml",
        "report": "report.json",
        "curves": "curves.json",
        "predictions": "predictions.parquet",
    }


if __name__ == "__main__":
    main()
