"""A job that is stopped, or reads what is damaged, ends in words."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from churn.errors import DamagedFileError, InputError
from churn.files import check_digest, intact, read_csv, read_json, read_yaml
from support.project import ROOT


def run_script(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_interrupted_job(tmp_path: Path):
    script = "from churn import jobs\ndef main():\n    raise KeyboardInterrupt\n"
    script += "jobs.run(main, 'job.log', 'train_model forest')\n"
    done = run_script(script, tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Error: train_model forest failed:\n"
        "  it was interrupted\n"
        "  (log: job.log)\n"
        "  (next: run again; what is finished is kept)"
    )


def test_job_that_takes_longer_than_its_rule_may(tmp_path: Path):
    # At what never ends.
    script = "from churn import jobs\nimport threading\n"
    script += "def main():\n    lock = threading.Lock()\n    lock.acquire()\n    lock.acquire()\n"
    script += "jobs.run(main, 'job.log', 'train_model forest')\n"
    done = run_script(script, tmp_path, CHURN_TIME_LIMITS="explain_model=9 train_model=0.005")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Error: train_model forest failed:\n"
        "  it took longer than 0.005 min\n"
        "  (log: job.log)\n"
        "  (next: allow it more with --set-resources train_model:runtime=MINUTES; "
        "what is finished is kept)"
    )
    assert done.stderr.strip() in (tmp_path / "job.log").read_text()


def test_key_that_is_not_there_names_file_and_key(tmp_path: Path):
    path = tmp_path / "report.json"
    path.write_text('{"metrics": [{"roc_auc": 0.8}]}')
    report = read_json(path)
    assert report == {"metrics": [{"roc_auc": 0.8}]}
    assert report.get("model") is None
    assert "model" not in report
    for found, key in ((report, "model"), (report["metrics"][0], "f1")):
        with pytest.raises(DamagedFileError) as caught:
            found[key]
        assert str(caught.value).startswith(f"{path}: damaged")
        assert f"it has no key '{key}'" in str(caught.value)


def test_file_that_is_not_the_one_that_was_noted(tmp_path: Path):
    raw, facts = tmp_path / "raw.csv", tmp_path / "download.json"
    raw.write_text("id,churn\n1,yes\n2,no\n")
    facts.write_text(json.dumps({"sha256": hashlib.sha256(raw.read_bytes()).hexdigest()}))
    check_digest(raw, facts)
    raw.write_text("id,churn\n1,yes\n")
    with pytest.raises(DamagedFileError, match=r"raw\.csv: damaged, .* SHA-256 is not the one in"):
        check_digest(raw, facts)


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
