"""Bring the raw table into results/."""

from churn import sources

from stages import project


def run() -> None:
    """Fetch the source of the settings."""
    sources.download_data(project.settings()["source"], project.RAW, project.FACTS)


if __name__ == "__main__":
    run()
