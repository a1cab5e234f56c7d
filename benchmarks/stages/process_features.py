"""Check and clean the raw table, and split off the test set."""

from churn import features

from stages import project


def run() -> None:
    """Write training set, test set and profile."""
    settings = project.settings()
    features.process_features(
        project.RAW,
        project.TRAIN,
        project.TEST,
        project.PROFILE,
        data=settings["data"],
        features=settings["features"],
        seed=settings["seed"],
    )


if __name__ == "__main__":
    run()
