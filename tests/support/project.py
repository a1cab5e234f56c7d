"""A copy of the project in a folder of its own, in which the real snakemake runs."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("workflow", "config", "profiles", "environment.yml")
# Small and quick, but with every stage: two models on 400 generated customers.
SMALL = (
    "models=[baseline,logistic_regression]",
    "data={source: {rows: 400}}",
    "tracking=off",
    "versioning=off",
)

# What a test does not ask for and every run would wait for.
OFF = ("tracking=off", "versioning=off")
# What tells of one run: its logs, times and version.
UNREPEATABLE = {
    ".snakemake_timestamp",
    "benchmarks",
    "logs",
    "mlflow",
    "pipeline_summary.json",
    "runs",
    "tracking.json",
    "version.json",
}
# What the rules say that only gather others' results.
TARGETS = {
    "All results are there.",
    "All results are made.",
    "All chosen models are evaluated.",
}


class Project:
    """A folder with the workflow's files.

    Parameters
    ----------
    folder : Path
        Where it is; made by `Project.new` or `copy`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def new(cls, folder: Path) -> "Project":
        """Copy the project's own files, without results, to `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, folder / part)
        return cls(folder)

    def copy(self, folder: Path) -> "Project":
        """Copy everything, results and Snakemake's records too, times included."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder)

    def command(self, *arguments: str, config: Sequence[str] = SMALL, cores: int = 2) -> list[str]:
        """Give the command line of a snakemake call."""
        command = [sys.executable, "-m", "snakemake", *arguments, "--cores", str(cores)]
        chosen = {word.split("=")[0] for word in config}
        return [*command, "--config", *config, *(w for w in OFF if w.split("=")[0] not in chosen)]

    def snakemake(
        self,
        *arguments: str,
        config: Sequence[str] = SMALL,
        cores: int = 2,
        timeout: float = 300,
        variables: Mapping[str, str] | None = None,
    ) -> "Outcome":
        """Run snakemake in the folder, with more environment variables, and wait for it."""
        command = self.command(*arguments, config=config, cores=cores)
        return self.run(command, timeout, variables)

    def run(
        self,
        command: Sequence[str],
        timeout: float = 300,
        variables: Mapping[str, str] | None = None,
    ) -> "Outcome":
        """Run a command in the folder and wait for it."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment() | dict(variables or {}),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Outcome(done.returncode, done.stdout + done.stderr)

    def start(
        self, command: Sequence[str], variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start a command in the folder, in a process group of its own; its output is a pipe."""
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment() | dict(variables or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def path(self, name: str) -> Path:
        """Give the path of a file in the folder."""
        return self.folder / name

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text in a file, which has to be there."""
        text = self.path(name).read_text()
        assert old in text, f"{name} does not hold {old!r}"
        self.path(name).write_text(text.replace(old, new))

    def digests(self, *folders: str) -> dict[str, str]:
        """Give the SHA-256 of every result but those that tell of one run.

        Parameters
        ----------
        folders : str
            Folders or files under ``results`` to look at; all of them by default.
        """
        chosen = [self.path("results") / name for name in folders or ("",)]
        files = {
            file
            for path in chosen
            for file in (path.rglob("*") if path.is_dir() else [path])
            if file.is_file()
        }
        results = self.path("results")
        relative = {file: file.relative_to(results) for file in files}
        return {
            str(name): hashlib.sha256(file.read_bytes()).hexdigest()
            for file, name in sorted(relative.items())
            if not UNREPEATABLE & {*name.parts}
        }


class Outcome:
    """How a snakemake call ended.

    Attributes
    ----------
    code : int
        Exit code.
    output : str
        Everything printed.
    """

    def __init__(self, code: int, output: str) -> None:
        self.code = code
        self.output = output

    @property
    def jobs(self) -> list[str]:
        """The messages of the jobs that were started, sorted, without the target's."""
        messages = re.findall(r"^Job \d+: (.*)$", self.output, flags=re.MULTILINE)
        return sorted(set(messages) - TARGETS)

    def succeeded(self) -> "Outcome":
        """Fail the test with all that was printed unless the call ended well."""
        assert self.code == 0, self.output
        return self

    def failed(self) -> "Outcome":
        """Fail the test unless the call ended with an error in words, without a traceback."""
        assert self.code != 0, self.output
        assert "Traceback" not in self.output, self.output
        return self


def environment() -> dict[str, str]:
    """Give the environment for a call: that of the tests, free of the user's settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CHURN_")}
    kept.pop("SNAKEMAKE_PROFILE", None)
    return kept
