"""The real Telco table, where this machine has it."""

import os
from pathlib import Path

import pytest

from support.project import ROOT

# A copy of the file that config/data/telco.yaml names; the tests serve it on 127.0.0.1.
FOLDER = Path(os.environ.get("CHURN_TEST_DATA", ROOT.parent / "shared" / "data"))
TABLE = FOLDER / "telco.csv"

needs_telco = pytest.mark.skipif(
    not TABLE.is_file(),
    reason=f"the real table is not at {TABLE}: put it there or name its folder in CHURN_TEST_DATA",
)
