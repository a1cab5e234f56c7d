"""How much is tried (a sample, or all), and the table of what was tried."""

import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# "all", as `make stress` sets it; otherwise a sample.
SIZE = "CHURN_STRESS"
SEED = "CHURN_STRESS_SEED"
# Where the table goes, beside the terminal.
PAGE = "CHURN_STRESS_PAGE"
FIGURES = "stress"
# Seconds after which one input counts as one that is never done with.
LIMIT = 60
# What can become of a fault or an input; each is as it should be.
FINISHED, REFUSED = "finished", "refused in words"

ALL = os.environ.get(SIZE) == "all"


def seed() -> int:
    """Give the seed of all draws."""
    return int(os.environ.get(SEED, "1"))


def chosen(sample: int, everything: int) -> int:
    """Give how many are tried."""
    return everything if ALL else sample


def generator(name: str, number: int) -> random.Random:
    """Give the generator of one trial: the same in any order and in any process."""
    return random.Random(f"{seed()}:{name}:{number}")


@contextmanager
def time_limit() -> Iterator[None]:
    """Interrupt what is never done with."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"not done within {LIMIT} s")

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)


class Tally:
    """Counts what was tried in one test, and what became of it.

    Parameters
    ----------
    what : str
        A row of the table.
    report : callable
        Takes the figures when the test ends.
    """

    def __init__(self, what: str, report: Callable[[tuple[str, Any]], None]) -> None:
        self._what = what
        self._report = report

    @contextmanager
    def counting(self) -> Iterator[Callable[..., None]]:
        """Give the function that counts one trial by its outcome, and measure the time."""
        outcomes: dict[str, int] = defaultdict(int)
        start = time.monotonic()

        def count(outcome: str = FINISHED) -> None:
            outcomes[outcome] += 1

        yield count
        seconds = time.monotonic() - start
        self._report((FIGURES, [self._what, dict(outcomes), seconds]))


def table_of(reports: Iterator[Any]) -> list[str]:
    """Add up the figures of all tests as the lines of a Markdown table; none without figures."""
    rows: dict[str, tuple[dict[str, int], list[float]]] = {}
    for report in reports:
        for key, figures in report.user_properties:
            if key == FIGURES:
                what, outcomes, seconds = figures
                counts, spent = rows.setdefault(what, (defaultdict(int), []))
                spent.append(seconds)
                for outcome, n in outcomes.items():
                    counts[outcome] += n
    if not rows:
        return []
    lines = ["| what | tried | what became of it | seconds |", "|---|---:|---|---:|"]
    for what, (counts, spent) in sorted(rows.items()):
        became = ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(counts.items()))
        lines.append(f"| {what} | {sum(counts.values()):,} | {became} | {sum(spent):,.0f} |")
    tried = sum(sum(counts.values()) for counts, _ in rows.values())
    total = sum(sum(spent) for _, spent in rows.values())
    return [*lines, f"| all | {tried:,} | | {total:,.0f} |"]


def page(table: list[str], failed: int) -> str:
    """Write the page of figures."""
    now = datetime.now(UTC)
    how = "by `make stress`" if ALL else "from the sample that `make test` tries"
    ended = f"**Tests that failed: {failed}.**" if failed else "No test failed."
    return "\n".join(
        [
            "# Faults survived, and bad input",
            "",
            f"Written {how} on {now:%Y-%m-%d}, with seed {seed()}, on {os.cpu_count()} cores.",
            ended,
            "The head of each file in `tests/stress` tells what is tried, and what must hold.",
            "",
            *table,
            "",
        ]
    )


def write_page(table: list[str], failed: int) -> None:
    """Write the page, where one is asked for."""
    if os.environ.get(PAGE):
        path = Path(os.environ[PAGE])
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(table, failed), encoding="utf-8")
