"""The stages before the models, in one process."""

from stages import download_data, process_features


def run() -> None:
    """Fetch the raw table, then check, clean and split it."""
    download_data.run()
    process_features.run()


if __name__ == "__main__":
    run()
