"""Starting the warm process, and the prefix that sends the scripts of jobs to it."""

import atexit
import contextlib
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from churn.jobs import ENVIRONMENT

SERVER = Path(__file__).with_name("server.py")
CLIENT = Path(__file__).with_name("client.py")
# What the warm process imports, in this order, while no script waits for what it needs.
SCRIPT = ("snakemake.iocontainers", "snakemake.logging", "yaml")
ARRAYS = ("numpy", "churn.warm.undocumented", "scipy.special", "pyarrow.parquet")
TABLES = ("pandas", "pyarrow.csv", "scipy.optimize", "scipy.stats", "sklearn.model_selection")
MODELS = (
    "sklearn.compose",
    "sklearn.impute",
    "sklearn.preprocessing",
    "sklearn.calibration",
    "sklearn.linear_model",
    "sklearn.ensemble",
    "sklearn.dummy",
)
FILES = ("skops.io", "pyarrow.dataset")
OWN = ("churn.warm.first_use", "churn.training", "churn.evaluation")
# First what a check of estimators takes, since the plan waits for that.
IMPORTED = (*ARRAYS, *TABLES, *MODELS, *SCRIPT, *FILES, *OWN)
# In steps, since nobody is served during an import.
MLFLOW = (
    "sqlalchemy.orm",
    "alembic.migration",
    "fastapi",
    "mlflow.entities",
    "mlflow",
    "mlflow.pyfunc",
    "mlflow.store.tracking.sqlalchemy_store",
)
# What a script needs, for those that do not need all of this or need more than this: it is imported
# next when such a script is to be started, and last when one is expected.
NEEDED = {
    "check_estimators": (*ARRAYS, *TABLES, *MODELS),
    "check_leakage": (*SCRIPT, *ARRAYS, *TABLES),
    "compare_models": (*SCRIPT, *ARRAYS),
    "download_data": (*SCRIPT, "tenacity", "tqdm", "requests"),
    "draw_plots": (*SCRIPT, *ARRAYS, *TABLES, *MODELS, "altair", "vl_convert", "jinja2"),
    "enforce_gates": SCRIPT,
    "process_features": (*SCRIPT, *ARRAYS, *TABLES, "pandera.pandas"),
    "track_runs": (*SCRIPT, *ARRAYS, *TABLES, *MLFLOW),
    "version_results": (*SCRIPT, "dvc.repo", "dvc.api"),
    "write_model_card": (*SCRIPT, *ARRAYS, *TABLES, "jinja2", "markdown_it"),
}
# Stands before a job's shell command. The shell becomes the client if all of the command is a
# Python script of Snakemake's, quoted at most as a whole; any other command is left alone.
PREFIX = r"""
if [ -n "${BASH_VERSION:-}" ]; then set -euo pipefail; fi
warm_script=${BASH_EXECUTION_STRING:-}
warm_script=${warm_script##*PYTHON}
case $warm_script in
    \'*\'?*) ;;
    \'/*/.snakemake/scripts/*\') warm_script=${warm_script#?}; exec CLIENT "${warm_script%?}" ;;
    *[!a-zA-Z0-9_@%+=:,./-]*) ;;
    /*/.snakemake/scripts/*) exec CLIENT "$warm_script" ;;
esac
"""
# The server makes no threads, and so no pools that a fork would lose; jobs set their own numbers.
ONE_THREAD = {
    **ENVIRONMENT,
    "OMP_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    # Arrow's allocator and MLflow start one in the background otherwise.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
END_SECONDS = 5.0
# Far more than all imports take, on any machine.
ANSWER_SECONDS = 60.0
FOLDERS, SOCKET = "churn-", "socket"


def sweep() -> None:
    """Delete the folders of warm processes that were killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*/{SOCKET}"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.setblocking(False)
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                shutil.rmtree(path.parent, ignore_errors=True)
            except OSError:
                continue


class WarmWorkers:
    """A warm process, from now to the end of this one.

    Parameters
    ----------
    imported : sequence of str
        The modules that it imports.
    needed : mapping of str to sequence of str
        For each script that needs others than these, its name and the modules it needs.

    Attributes
    ----------
    folder : Path
        Private to the user: the socket, and what jobs have used.
    process : Popen
        The warm process.

    Raises
    ------
    OSError
        If there can be none here; jobs are better started as ever then.
    """

    def __init__(
        self,
        imported: Sequence[str] = IMPORTED,
        needed: Mapping[str, Sequence[str]] = NEEDED,
    ) -> None:
        sweep()
        # With mode 0700.
        self.folder = Path(tempfile.mkdtemp(prefix=FOLDERS))
        try:
            with socket.socket(socket.AF_UNIX) as listener:
                new = self.folder / "socket.new"
                listener.bind(str(new))
                new.chmod(0o600)
                # Connections wait from now on until it accepts them.
                listener.listen(socket.SOMAXCONN)
                # A socket of this name that refuses is nobody's any more.
                new.rename(self.folder / SOCKET)
                self.process = self._start(listener.fileno(), {"": imported, **needed})
        except OSError:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self.used = False
        atexit.register(self.end)

    def _start(
        self, listener: int, modules: Mapping[str, Sequence[str]]
    ) -> subprocess.Popen[bytes]:
        words = str(listener), str(os.getpid()), json.dumps(modules)
        return subprocess.Popen(  # noqa: S603
            [sys.executable, str(SERVER), str(self.folder), *words],
            stdin=subprocess.PIPE,
            # Nothing is left to be written when it is closed.
            bufsize=0,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD},
            pass_fds=[listener],
        )

    def end(self) -> None:
        """End the process and all that it has started."""
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        # It has no jobs to end if nobody knows of it, and may be in the middle of an import.
        if self.used:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(END_SECONDS)
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.end)

    def prefix(self) -> str:
        """Give what has to stand before the shell commands of jobs."""
        client = shlex.join(self._client())
        python = shlex.quote(f" {sys.executable} ")
        return PREFIX.replace("CLIENT", client).replace("PYTHON", python)

    def expect(self, scripts: Iterable[str]) -> None:
        """Have what scripts need imported as soon as nothing else has to be."""
        assert self.process.stdin
        with contextlib.suppress(OSError):  # it has gone
            self.process.stdin.write("".join(f"{name}\n" for name in scripts).encode())

    def ask(self, script: Path, question: str) -> str:
        """Have a script run that reads a question and writes the answer.

        Raises
        ------
        OSError, subprocess.SubprocessError
            If it fails, or takes too long.
        """
        done = subprocess.run(  # noqa: S603
            [*self._client(), str(script)],
            input=question,
            capture_output=True,
            text=True,
            check=True,
            timeout=ANSWER_SECONDS,
        )
        return done.stdout

    def _client(self) -> list[str]:
        self.used = True
        words = [CLIENT, self.folder / SOCKET, os.getpid()]
        return [sys.executable, "-I", "-S", *map(str, words)]
