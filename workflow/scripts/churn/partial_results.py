"""What can be said of a run in which some models could not be evaluated."""

from collections.abc import Mapping, Sequence
from typing import Any

from churn.files import read_csv, read_json, write_csv
from churn.leaderboard import as_text, rank

# A sweep may have thousands of them.
MOST_NAMED = 10


def write(
    reports: Sequence[str],
    points: Mapping[str, Mapping[str, Any]],
    missing: Sequence[str],
    path: str,
) -> str:
    """Write the leaderboard of the models that were evaluated, and put it in words.

    Parameters
    ----------
    reports : sequence of str
        Files of their evaluation reports.
    points : mapping
        For each variant of a model the values that a sweep gave it.
    missing : sequence of str
        The models that were not evaluated.
    path : str
        Where the leaderboard (CSV) goes.

    Returns
    -------
    str
        The leaderboard as text, and the names of those missing.
    """
    write_csv(path, rank([read_json(report) for report in reports], points))
    named = ", ".join(missing[:MOST_NAMED])
    more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
    return "\n".join(
        [
            as_text(read_csv(path)),
            f"Missing, so that no champion was named: {named}{more}. "
            f"The next run makes only what is missing. ({path})",
        ]
    )
