"""Which failures were told of late, so that an equal one is not told again."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

from churn.files import read_json, write_json


class Told:
    """Notes of what was told.

    Parameters
    ----------
    path : Path
        The file with the notes (JSON); one that is missing or damaged holds none.
    window : float
        How long a note counts, in seconds.
    """

    def __init__(self, path: Path, window: float) -> None:
        self.path = path
        self.window = window

    def has(self, failure: Any) -> bool:
        """Tell whether an equal failure was told within the window."""
        return _key(failure) in self._notes()

    def add(self, failure: Any) -> None:
        """Note a failure, given as plain values, as told now."""
        write_json(self.path, {**self._notes(), _key(failure): time.time()})

    def forget(self) -> None:
        """Make every failure news again."""
        self.path.unlink(missing_ok=True)

    def _notes(self) -> dict[str, float]:
        try:
            notes = read_json(self.path)
            now = time.time()
            # A note from the future was made before the clock was set.
            return {key: at for key, at in notes.items() if 0 <= now - at < self.window}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}


def _key(failure: Any) -> str:
    return hashlib.sha256(json.dumps(failure, sort_keys=True).encode()).hexdigest()
