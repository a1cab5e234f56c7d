"""What a run has to know of restored results before it starts; needs no DVC."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from churn.errors import InputError
from churn.files import read_json, write_json

STATE = Path(".snakemake/churn")
# Names the version that the results are.
NOTE = Path("results/version.json")
# There as long as the results are partly those of one run and partly of another.
UNFINISHED = STATE / "unfinished_restore.json"
ASKED = STATE / "asked_for_run.json"


def refuse_unfinished() -> None:
    """Refuse to build on results that are only half restored.

    Raises
    ------
    InputError
        If a restore was interrupted.
    """
    if UNFINISHED.is_file():
        commit = read_json(UNFINISHED)["commit"]
        how = f"make restore REV={commit[:12]}" if commit else "make restore"
        raise InputError(
            f"a restore was interrupted, and results/ is a mixture of two runs: `{how}` goes on"
        )


def is_worth_asking(run: str, remote: Mapping[str, Any]) -> bool:
    """Tell whether an equal earlier run can be there.

    Parameters
    ----------
    run : str
        Digest of all that the results follow from.
    remote : mapping
        The section ``versioning.remote`` of the configuration.
    """
    if any(path.is_file() and read_json(path)["run"] == run for path in (NOTE, ASKED)):
        return False
    url = remote["url"] or ""
    places = [Path(".dvc/cache"), Path(".dvc/config.local"), Path(url or ".dvc/cache")]
    return "://" in url or any(place.exists() for place in places)


def note_asked(run: str) -> None:
    """Note that there is no equal earlier run, so that the next start need not ask again."""
    write_json(ASKED, {"run": run})


def forget_asked() -> None:
    """Ask again at the next start: there is a new version."""
    ASKED.unlink(missing_ok=True)
