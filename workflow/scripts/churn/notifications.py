"""Tell people about a run: what is worth a message, to whom it goes, and how long that may take.

Nothing here raises, and nothing outlasts the time limit of the configuration: a run must not
fail, or wait, for somebody's mail server.
"""

import logging
import os
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from churn.courier import Courier, variable_for
from churn.failures import with_log
from churn.files import read_csv, read_json
from churn.gates import failed
from churn.messages import ERROR, GATES, START, SUCCESS, Message, about_run
from churn.redaction import hide
from churn.repetition import Told

METRIC = "roc_auc"
LOG = Path("results/logs/notifications.log")
CHAMPION, OFFICE = Path("results/champion.json"), Path("results/champion/report.json")
LEADERBOARD, TRACKING = Path("results/leaderboard.csv"), Path("results/tracking.json")
LONGEST_LOG = 1_000_000

Settings = Mapping[str, Any]
Facts = dict[str, Any]


class Notifier:
    """Tells about one run.

    Parameters
    ----------
    settings : mapping
        The section ``notifications`` of the config.
    project : str
        Name of the project.
    models : sequence of str
        Models of the run.
    state : Path
        Where it is noted which failures were told (JSON).
    """

    def __init__(
        self, settings: Settings, project: str, models: Sequence[str], state: Path
    ) -> None:
        self.settings = settings
        self.about: Facts = {"project": project, "models": list(models)}
        self.told = Told(state, settings["repeat_after"])
        self.started = time.monotonic()
        self.tracked = _written(TRACKING)
        self.under_way: Courier | None = None

    def start(self) -> None:
        """Tell that the run starts, and do not wait for answers."""
        _quietly(self._start)

    def success(self, judged: bool) -> None:
        """Tell that the run ended well.

        Parameters
        ----------
        judged : bool
            Whether a champion was to be named.
        """
        _quietly(lambda: self._end(SUCCESS, judged, {}))

    def error(self, judged: bool, failures: Sequence[Mapping[str, Any]], unfinished: int) -> None:
        """Tell that the run failed or was stopped.

        Parameters
        ----------
        judged : bool
            Whether a champion was to be named, and was.
        failures : sequence of mapping
            The ``rule``, the ``wildcards`` and the ``log`` file of each job that failed.
        unfinished : int
            How many jobs were not done.
        """
        n_lines = self.settings["log_lines"]
        _quietly(
            lambda: self._end(
                ERROR,
                judged,
                {
                    "failures": [with_log(failure, n_lines) for failure in failures],
                    "unfinished": unfinished,
                    "resume": resume_command(sys.argv, Path.cwd()),
                },
            )
        )

    def _start(self) -> None:
        self.about["before"] = champion_in_office()
        if START in self.settings["events"]:
            self.under_way = self._sent(about_run(START, self.about), START)

    def _end(self, event: str, judged: bool, facts: Facts) -> None:
        facts = {**self.about, "seconds": time.monotonic() - self.started, **facts}
        if judged:
            facts["champion"] = read_json(CHAMPION)
            facts["leaderboard"] = read_csv(LEADERBOARD)
            facts["office"] = champion_in_office()
            if failed(facts["champion"]["gates"]) and GATES in self.settings["events"]:
                event = GATES
        # Of this run, not of an earlier one.
        if _written(TRACKING) != self.tracked:
            facts["tracking"] = read_json(TRACKING)
        if self.under_way:
            report(self.under_way)
        if event == SUCCESS:
            self.told.forget()
        if event in self.settings["events"]:
            self._tell(event, facts)

    def _tell(self, event: str, facts: Facts) -> None:
        failure = None if event == SUCCESS else _what_failed(event, facts)
        if failure and self.told.has(failure):
            say("Not notified: the same failure was told before")
            return
        courier = self._sent(about_run(event, facts), event)
        if courier and report(courier) and failure:
            self.told.add(failure)

    def _sent(self, message: Message, event: str) -> Courier | None:
        level = self.settings["levels"][event]
        log(f"{level}: {message.title}\n{message.text}")
        if self.settings["kind"] == "log":
            return None
        variable = variable_for(level, os.environ)
        if not os.environ.get(variable, "").strip():
            say(f"Not notified: {variable} holds no address")
            return None
        return Courier(message, kind_of(event, level), variable, self.settings["timeout"])


def report(courier: Courier) -> bool:
    """Say what each address answered, and tell whether any took the message."""
    outcomes = courier.outcomes()
    for outcome in outcomes:
        line = described(outcome)
        log(line)
        if not outcome["delivered"]:
            say(f"Not notified: {line}")
    return any(outcome["delivered"] for outcome in outcomes)


def described(outcome: Mapping[str, Any]) -> str:
    """Say in a line what an address answered."""
    if outcome["delivered"]:
        return f"{outcome['address']}: delivered"
    attempts = f" ({outcome['attempts']} attempts)" if outcome["attempts"] else ""
    return f"{outcome['address']}: not delivered{attempts}: {outcome['answered']}"


def kind_of(event: str, level: str) -> str:
    """Give apprise's kind of a message, which chooses colours and signs."""
    of_level = {"info": "info", "warning": "warning", "critical": "failure"}
    return "success" if event == SUCCESS else of_level[level]


def champion_in_office() -> Facts | None:
    """Give the champion's ROC-AUC on its test set with its interval, if there is a champion."""
    if not OFFICE.is_file():
        return None
    held = read_json(OFFICE)
    return {"model": held["model"], **held["metrics"][METRIC]}


def resume_command(arguments: Sequence[str], folder: Path) -> str:
    """Give the command that goes on with a run."""
    program = Path(arguments[0]).name
    first = "python -m snakemake" if program == "__main__.py" else shlex.quote(program)
    return " ".join(["cd", shlex.quote(str(folder)), "&&", first, shlex.join(arguments[1:])])


def log(text: str) -> None:
    """Append to the log of notifications, which is kept short."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(LOG, maxBytes=LONGEST_LOG, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    handler.emit(logging.makeLogRecord({"msg": hide(text)}))
    handler.close()


def say(text: str) -> None:
    """Show a line in the terminal."""
    print(hide(text), file=sys.stderr)


def _what_failed(event: str, facts: Facts) -> list[Any]:
    jobs = [
        [failure["rule"], failure["wildcards"], failure["reason"]]
        for failure in facts.get("failures", [])
    ]
    gates = [gate["gate"] for gate in failed(facts["champion"]["gates"])] if event == GATES else []
    return [event, jobs, gates]


def _written(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.is_file() else None


def _quietly(action: Callable[[], None]) -> None:
    try:
        action()
    except Exception as error:
        say(f"Not notified: {type(error).__name__}: {error}")
