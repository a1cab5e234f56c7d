"""Cross-validate and fit models: ``train_model JOBS MODEL...``."""

import sys
from functools import partial

from churn import training

from stages import project


def run(model: str, threads: int) -> None:
    """Train one model in so many threads."""
    settings = project.settings()
    training.train_model(
        model,
        project.TRAIN,
        project.training_outputs(model),
        model=settings["models"][model],
        training=settings["training"],
        seed=settings["seed"],
        threads=threads,
    )


if __name__ == "__main__":
    jobs = int(sys.argv[1])
    project.for_each(sys.argv[2:], partial(run, threads=project.threads(jobs)), jobs)
