"""Judge models on the test set: ``evaluate_model JOBS MODEL...``."""

import sys
from functools import partial

from churn import evaluation

from stages import project


def run(model: str, threads: int) -> None:
    """Evaluate one model in so many threads."""
    trained, settings = project.training_outputs(model), project.settings()
    inputs = {
        "model": trained["model"],
        "out_of_fold": trained["out_of_fold"],
        "train": project.TRAIN,
        "test": project.TEST,
    }
    evaluation.evaluate_model(
        model,
        inputs,
        project.evaluation_outputs(model),
        evaluation=settings["evaluation"],
        slices=settings["slices"],
        seed=settings["seed"],
        threads=threads,
    )


if __name__ == "__main__":
    jobs = int(sys.argv[1])
    project.for_each(sys.argv[2:], partial(run, threads=project.threads(jobs)), jobs)
