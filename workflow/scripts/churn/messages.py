"""What is told about a run: short enough for a phone, as text and as HTML.

Pure: plain values in, text out. Secrets are hidden here, at the end, whatever they came in with.
"""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from churn.redaction import hide

MOST_MODELS, MOST_FAILURES, LONGEST_LINE = 10, 5, 200
START, SUCCESS, ERROR, GATES = "start", "success", "error", "gates"

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A paragraph of a message.

    Attributes
    ----------
    heading : str
        What it is about.
    lines : list of str
        What it says.
    verbatim : bool
        Whether the lines are a command or a log.
    """

    heading: str
    lines: list[str]
    verbatim: bool = False


@dataclass(frozen=True)
class Message:
    """A message, without secrets.

    Attributes
    ----------
    title : str
        One line.
    parts : list of Part
    """

    title: str
    parts: list[Part] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The parts as plain text."""
        return "\n\n".join("\n".join([part.heading, *part.lines]) for part in self.parts)

    @property
    def html(self) -> str:
        """The parts as HTML."""
        return "\n".join(map(_as_html, self.parts))


def about_run(event: str, facts: Facts) -> Message:
    """Say what became of a run.

    Parameters
    ----------
    event : {'start', 'success', 'error', 'gates'}
    facts : mapping
        ``project`` and ``models``; unless the event is ``start``, the ``seconds`` that the run
        took. Where a champion was named its ``champion`` record, the ``leaderboard`` (rows with
        text in them), and the ``office`` now and ``before`` (each with ``model``, ``value``,
        ``low`` and ``high`` of the ROC-AUC on the test set, or None). What became of ``tracking``
        (``status``, number of runs ``pending`` and the ``reason``), if it was. For an error the
        ``failures`` (each with ``rule``, ``wildcards``, ``reason``, ``log`` and the last lines
        of it, ``tail``), how many jobs were ``unfinished``, and the command to ``resume``.

    Returns
    -------
    Message
    """
    parts = {START: _start, SUCCESS: _success, ERROR: _error, GATES: _gates}[event](facts)
    return Message(_clean(_title(event, facts)), [_cleaned(part) for part in parts])


def sample(project: str, level: str) -> Message:
    """Make a message that tests an address."""
    line = f"Messages about runs come to this address ({level})."
    return Message(_clean(f"{project}: a test of notifications"), [Part("A sample", [line])])


def duration(seconds: float) -> str:
    """Say how long something took: ``8.1 s``, ``4 min 12 s``, ``3 h 5 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _title(event: str, facts: Facts) -> str:
    if event == START:
        return f"{facts['project']}: run started"
    if facts.get("failures") or event == ERROR:
        end = "FAILED" if facts.get("failures") else "stopped"
    else:
        end = "finished"
    gates = ", quality gates NOT passed" if event == GATES else ""
    return f"{facts['project']}: run {end} after {duration(facts['seconds'])}{gates}"


def _start(facts: Facts) -> Iterator[Part]:
    yield _names(facts["models"])


def _success(facts: Facts) -> Iterator[Part]:
    if facts.get("champion"):
        yield _champion(facts)
        yield from _failed_gates(facts["champion"])
    if facts.get("leaderboard"):
        yield _leaderboard(facts["leaderboard"])
    else:
        yield _names(facts["models"])
    yield from _tracking(facts.get("tracking"))


def _gates(facts: Facts) -> Iterator[Part]:
    yield from _failed_gates(facts["champion"])
    yield _champion(facts)
    if facts.get("failures"):
        yield from _error(facts)
    else:
        yield _leaderboard(facts["leaderboard"])
    yield from _tracking(facts.get("tracking"))


def _error(facts: Facts) -> Iterator[Part]:
    failures = facts["failures"]
    for failure in failures[:MOST_FAILURES]:
        yield Part(f"{_job(failure)} failed", [failure["reason"], f"Log: {failure['log']}"])
        if failure["tail"]:
            lines = [_cut(_clean(line)) for line in failure["tail"]]
            yield Part("Its last lines", lines, verbatim=True)
    if len(failures) > MOST_FAILURES:
        yield Part(f"and {len(failures) - MOST_FAILURES} more failures", [])
    if not failures:
        yield Part(f"Stopped before {facts['unfinished']} jobs were done", [])
    yield Part("Go on with", [facts["resume"]], verbatim=True)


def _job(failure: Facts) -> str:
    wildcards = ", ".join(f"{name} {value}" for name, value in failure["wildcards"].items())
    return f"{failure['rule']} ({wildcards})" if wildcards else str(failure["rule"])


def _champion(facts: Facts) -> Part:
    record, now = facts["champion"], facts.get("office")
    headings = {
        "named": f"Champion: {record['champion']}",
        "kept": f"Champion: still {record['champion']}",
        "refused": f"No new champion: {record['candidate']} is refused",
    }
    lines = [_metric(now, facts.get("before"))] if now else []
    if record["status"] == "kept":
        lines.append(record["reason"])
    return Part(headings.get(record["status"], f"Champion: {record['champion']}"), lines)


def _metric(now: Facts, before: Facts | None) -> str:
    text = f"{now['value']:.4f} ({now['low']:.3f} to {now['high']:.3f})"
    return f"{now['model']}: ROC-AUC on the test set {text}{_change(now, before)}"


def _change(now: Facts, before: Facts | None) -> str:
    if before is None:
        return ""
    difference = now["value"] - before["value"]
    of_whom = "" if before["model"] == now["model"] else f", when it was {before['model']}"
    change = f"{difference:+.4f} since" if difference else "as in"
    return f", {change} the last run{of_whom}"


def _tracking(outcome: Facts | None) -> Iterator[Part]:
    if outcome and outcome["status"] == "pending":
        lines = [str(outcome["reason"]), "The next run or `make track` logs them."]
        yield Part(f"MLflow has not taken {outcome['pending']} run(s)", lines)


def _failed_gates(record: Facts) -> Iterator[Part]:
    failed = [gate["message"] for gate in record["gates"] if not gate["passed"]]
    if failed:
        yield Part(f"Gates that {record['candidate']} does not pass", failed)


def _leaderboard(rows: Sequence[Mapping[str, str]]) -> Part:
    lines = [
        f"{row['model']} {float(row['cv_roc_auc']):.4f} ± {float(row['cv_roc_auc_std']):.4f}"
        for row in rows
    ]
    return Part("Models by cross-validated ROC-AUC", _first(lines))


def _names(models: Sequence[str]) -> Part:
    return Part("Models", _first(list(models)))


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_MODELS
    return lines if more <= 0 else [*lines[:MOST_MODELS], f"and {more} more"]


def _cleaned(part: Part) -> Part:
    lines = [_clean(line) for line in part.lines]
    # Half a command would be of no use.
    shown = lines if part.verbatim else [_cut(line) for line in lines]
    return Part(_clean(part.heading), shown, part.verbatim)


def _clean(line: str) -> str:
    """Hide secrets, and keep to one line of what can be shown."""
    return hide("".join(letter if letter.isprintable() else " " for letter in line).rstrip())


def _cut(line: str) -> str:
    # After secrets are hidden: half a secret would not be found.
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"


def _as_html(part: Part) -> str:
    lines = [html.escape(line) for line in part.lines]
    heading = f"<p><b>{html.escape(part.heading)}</b>"
    if part.verbatim:
        return f"{heading}</p>\n<pre>{chr(10).join(lines)}</pre>"
    return "<br/>\n".join([heading, *lines]) + "</p>"
