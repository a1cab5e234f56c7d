"""Send one message in a process of its own, which can be left behind whatever an address does."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from churn.messages import Message
from churn.redaction import hide

ADDRESSES = "CHURN_NOTIFY_URLS"
LIBRARY = Path(__file__).parents[1]
# Of the time limit, for the process to say what it knows of addresses that did not answer.
MARGIN = 0.1


def variable_for(level: str, environment: Mapping[str, str]) -> str:
    """Name the environment variable with the addresses for messages of a level."""
    own = f"{ADDRESSES}_{level.upper()}"
    return own if own in environment else ADDRESSES


class Courier:
    """Takes a message to its addresses, beginning at once.

    Parameters
    ----------
    message : Message
    kind : {'info', 'success', 'warning', 'failure'}
    variable : str
        The environment variable with the addresses.
    timeout : float
        Time limit in seconds.
    """

    def __init__(self, message: Message, kind: str, variable: str, timeout: float) -> None:
        self.variable = variable
        self.deadline = time.monotonic() + timeout
        request = {
            "title": message.title,
            "text": message.text,
            "html": message.html,
            "kind": kind,
            "variable": variable,
            # The clock is the same in all processes of a machine.
            "deadline": self.deadline - MARGIN * timeout,
        }
        with tempfile.TemporaryFile() as file:
            file.write(json.dumps(request).encode())
            file.seek(0)
            self.process = subprocess.Popen(
                [sys.executable, "-m", "churn.delivery"],
                cwd=LIBRARY,
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # Ctrl-C is meant for the run.
                start_new_session=True,
            )

    def outcomes(self) -> list[dict[str, Any]]:
        """Wait, at most until the time limit, and tell what each address answered.

        Returns
        -------
        list of dict
            As `churn.delivery.deliver` gives it.
        """
        left = max(0.0, self.deadline - time.monotonic())
        has_ended = self.process.poll() is not None
        try:
            answer, errors = self.process.communicate(timeout=None if has_ended else left)
            found: list[dict[str, Any]] = json.loads(answer)
            return found
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            reason = "no answer in time"
        except ValueError:
            lines = errors.decode(errors="replace").strip().splitlines()
            reason = hide(lines[-1]) if lines else "the sending process ended without a word"
        self.process.kill()
        self.process.wait()
        return [{"address": self.variable, "delivered": False, "attempts": 0, "answered": reason}]
