"""What tests of the monitor and its readers share."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from support.project import ROOT


@cache
def validator() -> jsonschema.Draft202012Validator:
    """Give the validator of summaries."""
    schema = json.loads((ROOT / "workflow/schemas/pipeline_summary.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def read_valid(path: Path) -> dict[str, Any]:
    """Read a summary and hold it against its schema."""
    summary = json.loads(path.read_text())
    validator().validate(summary)
    return summary


def statuses(summary: dict[str, Any]) -> dict[str, set[str]]:
    """Give the status of all jobs by rule."""
    found: dict[str, set[str]] = {}
    for job in summary["jobs"]:
        found.setdefault(job["rule"], set()).add(job["status"])
    return found
