"""All four stages from one process, the models spread over the cores."""

from stages import evaluate_model, prepare_data, project, train_model


def train_and_evaluate(model: str) -> None:
    """Train one model in one thread and evaluate it."""
    train_model.run(model, threads=1)
    evaluate_model.run(model, threads=1)


def run() -> None:
    """Run everything that the settings name."""
    settings = project.settings()
    prepare_data.run()
    project.for_each(settings["models"], train_and_evaluate, settings["cores"])


if __name__ == "__main__":
    run()
