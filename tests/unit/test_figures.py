"""Figures that the README quotes are those that the commands named beside them have written."""

import re

from support.project import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_ratios_are_those_that_were_measured():
    measured = (ROOT / "benchmarks/results/README.md").read_text(encoding="utf-8").splitlines()
    quoted = [line for line in section("How it is fast").splitlines() if line.startswith("|")]
    assert len(quoted) > 3
    assert [line for line in quoted if line not in measured] == []


def test_faults_survived_are_those_that_were_tried():
    page = (ROOT / "docs/stress.md").read_text(encoding="utf-8")
    tried = re.search(r"^\| all \| ([\d,]+) \|", page, flags=re.MULTILINE)
    date = re.search(r"Written by `make stress` on ([\d-]+),", page)
    assert tried
    assert date
    assert "No test failed." in page
    quoted = section("What it survives").replace("\n", " ")
    assert f"{tried[1]} trials" in quoted
    assert date[1] in quoted
