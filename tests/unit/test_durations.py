"""The job that took longest is first; one that is not known comes before it."""

from pathlib import Path

import pytest
from churn.durations import longest_first


def test_longest_job_has_the_highest_priority(tmp_path: Path):
    for name, seconds in (("short", 0.5), ("long", 12.25), ("middle,depth=3", 3.0)):
        (tmp_path / f"{name}.jsonl").write_text(f'{{"s": {seconds}, "cpu_time": 1}}\n')
    assert longest_first(tmp_path, ["long", "short", "middle,depth=3"]) == {
        "short": 1,
        "middle,depth=3": 2,
        "long": 3,
    }


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"s": "NA"}', '{"m": 1}'])
def test_unknown_job_may_be_the_longest(tmp_path: Path, content: str | None):
    (tmp_path / "known.jsonl").write_text('{"s": 100.0}\n')
    if content is not None:
        (tmp_path / "new.jsonl").write_text(content)
    assert longest_first(tmp_path, ["known", "new"]) == {"known": 1, "new": 2}


def test_all_are_equal_in_a_first_run(tmp_path: Path):
    assert longest_first(tmp_path / "none", ["a", "b"]) == {"a": 1, "b": 1}
