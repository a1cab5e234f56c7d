"""Judge models on the test set: ``evaluate_model JOBS MODEL...``."""

import sys

from churn import evaluation

from stages import project


def run(model: str) -> None:
    """Evaluate one model."""
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
    )


if __name__ == "__main__":
    project.for_each(sys.argv[2:], run, int(sys.argv[1]))
