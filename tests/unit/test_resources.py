"""What jobs ask a cluster for."""

import re
from functools import partial
from pathlib import Path

import pytest
from churn.resources import NEEDS, SNAKEMAKE_MB

RULES = "\n".join(
    path.read_text()
    for path in sorted((Path(__file__).parents[2] / "workflow/rules").glob("*.smk"))
)
SUBMITTED = {
    name: text
    for name, text in re.findall(r"^rule (\w+):\n(.*?)(?=^rule |\Z)", RULES, flags=re.M | re.S)
    if "localrule: True" not in text
}


@pytest.mark.parametrize("rule", SUBMITTED)
def test_every_submitted_rule_says_what_it_needs(rule: str):
    assert f'**needs("{rule}"' in SUBMITTED[rule]
    assert rule in NEEDS


@pytest.mark.parametrize("need", NEEDS.values(), ids=NEEDS.keys())
def test_each_attempt_asks_for_twice_as_much(need):
    for ask in (partial(need.memory, threads=1), need.minutes, need.disk):
        assert ask(10.0, 3) == pytest.approx(2 * ask(10.0, 2), abs=2)
        assert ask(10.0, 2) == pytest.approx(2 * ask(10.0, 1), abs=2)


def test_small_data_asks_for_little_and_more_data_for_more():
    train = NEEDS["train_model"]
    assert SNAKEMAKE_MB < train.memory(0.1, 1, threads=1) < 1000
    assert train.minutes(0.1, 1) <= 10
    assert train.memory(100, 1, threads=1) > 5 * train.memory(0.1, 1, threads=1)
    assert train.minutes(100, 1) > 5 * train.minutes(0.1, 1)


def test_folds_side_by_side_ask_for_memory_side_by_side():
    train = NEEDS["train_model"]
    alone, beside = (train.memory(100, 1, threads=threads) for threads in (1, 2))
    assert 1.5 * alone < beside < 2 * alone
