"""The stages as a Kedro pipeline: ``kedro_pipeline RUNNER``."""

import sys
from functools import partial

from kedro.io import DataCatalog, SharedMemoryDataCatalog
from kedro.pipeline import Node, Pipeline
from kedro.runner import ParallelRunner, SequentialRunner

from stages import prepare_data, project
from stages.all_in_one import train_and_evaluate

# The stages hand their results on as files, so that nodes give and take only that they are there.
DATA = "data"


def prepare() -> bool:
    """Do the stages before the models."""
    prepare_data.run()
    return True


def do_model(_data: bool, model: str) -> bool:
    """Train and evaluate one model."""
    train_and_evaluate(model)
    return True


def run(runner: str) -> None:
    """Make the pipeline and run it."""
    settings = project.settings()
    nodes = [Node(prepare, None, DATA, name="prepare_data")]
    for number, model in enumerate(settings["models"]):
        do = partial(do_model, model=model)
        do.__name__ = f"do_model_{number}"  # type: ignore[attr-defined]
        nodes.append(Node(do, DATA, f"evaluated_{number}", name=f"model_{number}"))
    pipeline = Pipeline(nodes)
    if runner == "parallel":
        ParallelRunner(max_workers=settings["cores"]).run(pipeline, SharedMemoryDataCatalog())
    else:
        SequentialRunner().run(pipeline, DataCatalog())


if __name__ == "__main__":
    run(sys.argv[1])
