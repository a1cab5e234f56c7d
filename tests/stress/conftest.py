"""Counts what was tried, and prints the table at the end."""

from collections.abc import Iterator
from typing import Any

import pytest
from support.stress import ALL, Tally, table_of, write_page


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Count the trials of one test, under the first line of what its function says."""
    what = request.function.__doc__.splitlines()[0].rstrip(".")
    return Tally(what, request.node.user_properties.append)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out of a sample what only `make stress` tries."""
    left_out = [item for item in items if not ALL and item.get_closest_marker("whole")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table; with several processes the one that the user sees has all reports."""
    stats = terminalreporter.stats
    ended = [report for key in ("passed", "failed") for report in stats.get(key, [])]
    calls: Iterator[Any] = (report for report in ended if report.when == "call")
    table = table_of(calls)
    if table:
        terminalreporter.section("faults and bad input")
        terminalreporter.write_line("\n".join(table))
        write_page(table, len(stats.get("failed", [])) + len(stats.get("error", [])))
