"""A job that is stopped, or reads what is damaged, ends in words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from churn.errors import DamagedFileError, InputError
from churn.files import intact, read_csv, read_json, read_yaml
from support.project import ROOT


def test_interrupted_job(tmp_path: Path):
    script = "from churn import jobs\ndef main():\n    raise KeyboardInterrupt\n"
    script += "jobs.run(main, 'job.log', 'train_model forest')\n"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Error: train_model forest failed:\n"
        "  it was interrupted\n"
        "  (log: job.log)\n"
        "  (next: run again; what is finished is kept)"
    )


@pytest.mark.parametrize("read", [read_json, read_csv, read_yaml])
def test_damaged_file_is_named(tmp_path: Path, read):
    path = tmp_path / "file"
    path.write_bytes(b"a: \xff\xfe\n")
    with pytest.raises(DamagedFileError) as caught:
        list(read(path))
    assert str(caught.value).startswith(f"{path}: damaged, not as the workflow wrote it (")
    assert "\n" not in str(caught.value)


def test_what_the_system_says_is_no_damage(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none.json")
    for error in (MemoryError(), PermissionError(13, "Permission denied")):
        with pytest.raises(type(error)), intact(tmp_path):
            raise error


def test_damage_is_input_and_value_at_once(tmp_path: Path):
    # Who can do without a file takes any wrong value in it for its absence.
    with pytest.raises(ValueError, match="damaged") as caught, intact(tmp_path):
        raise KeyError("metrics")
    assert isinstance(caught.value, InputError)
