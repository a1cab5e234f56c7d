"""Scripts that the warm process runs end, print and see what they would in an interpreter of
their own, and nothing is left of them."""

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from churn.warm import checking
from churn.warm.checking import find_right
from churn.warm.measuring import following
from churn.warm.workers import IMPORTED, NEEDED, ONE_THREAD, WarmWorkers, sweep
from snakemake import benchmark

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="warm workers need Linux")

# Not imported by anything else here.
MARK = "colorsys"
TIMEOUT = 60
SCRIPTS = Path(__file__).parents[2] / "workflow/scripts"

CASES = {
    "success": "print('done')",
    "exit code": "import sys; sys.exit(3)",
    "exit text": "import sys; sys.exit('what went wrong')",
    "error": "def fail():\n    raise ValueError('no such thing')\nfail()",
    "wrong syntax": "print(",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "ended at once": "import os; os._exit(5)",
    "at exit": "import atexit; atexit.register(print, 'bye'); print('hi')",
    "thread": "import threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(.1), print('from a thread'))).start()",
    "what it is": "import os, sys\n"
    "print(__name__, __file__, sys.argv, sys.path, os.getcwd(), oct(os.umask(0)), sys.flags)",
    "environment": "import os; print(sorted((k, v) for k, v in os.environ.items() if k != '_'))",
    "streams": "import sys; print(sys.stdin.read()); print('oops', file=sys.stderr)\n"
    "print(sys.stdout.encoding, sys.stderr.errors, sys.stdout.line_buffering)",
    "signals": "import signal\nprint([signal.getsignal(n) for n in (1, 2, 3, 15, 17, 18, 20)])",
    "main module": "import pickle, sys\nclass Thing: pass\n"
    "pickle.dumps(Thing())\nprint(sys.modules['__main__'].Thing is Thing)",
}


class Folder:
    """Where scripts are, as Snakemake puts them, and how they are run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / ".snakemake/scripts").mkdir(parents=True)

    def start(
        self, script: str, workers: WarmWorkers | None, name: str = "script", **environment: str
    ) -> subprocess.Popen:
        path = self.path / f".snakemake/scripts/tmp.{name}.py"
        path.write_text(script)
        command = f"{sys.executable} {shlex.quote(str(path))}"
        return self.shell(f"{workers.prefix()} {command}" if workers else command, **environment)

    def shell(
        self, command: str, executable: str = "/bin/bash", **environment: str
    ) -> subprocess.Popen:
        return subprocess.Popen(
            command,
            shell=True,
            executable=executable,
            cwd=self.path,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, script: str, workers: WarmWorkers | None, **options: str) -> tuple:
        """Give the exit code and what was printed."""
        with self.start(script, workers, **options) as process:
            printed = process.communicate("some input", timeout=TIMEOUT)
        return process.returncode, *printed


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture(scope="module")
def workers() -> Iterator[WarmWorkers]:
    """A warm process for all tests that leave it alive."""
    warm = WarmWorkers([MARK])
    yield warm
    warm.end()


@pytest.fixture
def own_workers() -> Iterator[WarmWorkers]:
    """A warm process that may be killed."""
    warm = WarmWorkers([MARK])
    yield warm
    warm.end()


def alive(process: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    return False


def await_end(*processes: int) -> None:
    """Wait until the processes have gone; fail if they do not."""
    found = [psutil.Process(number) for number in processes if alive(number)]
    _, left = psutil.wait_procs(found, timeout=10)
    assert [process for process in left if alive(process.pid)] == []


@pytest.mark.parametrize("name", CASES)
def test_script_does_the_same_as_in_a_fresh_interpreter(
    folder: Folder, workers: WarmWorkers, name: str
):
    chosen = {"OMP_NUM_THREADS": "2", "TEXT": "two\nlines = ü"}
    fresh = folder.run(CASES[name], None, **chosen)
    assert folder.run(CASES[name], workers, **chosen) == fresh


def test_folder_of_a_warm_process_that_was_killed_is_swept(
    tmp_path: Path, workers: WarmWorkers, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("dead", "alive", "not-yet"):
        (tmp_path / f"churn-{name}").mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "churn-dead/socket"))
    (tmp_path / "churn-alive/socket").symlink_to(workers.folder / "socket")
    sweep()
    assert {path.name for path in tmp_path.iterdir()} == {"churn-alive", "churn-not-yet"}
    assert workers.folder.exists()


def test_interrupted_script_ends_as_in_a_fresh_interpreter_but_without_a_traceback(
    folder: Folder, workers: WarmWorkers
):
    script = "raise KeyboardInterrupt"
    code, printed, traceback = folder.run(script, None)
    assert "KeyboardInterrupt" in traceback
    assert folder.run(script, workers) == (code, printed, "")


def test_script_is_a_child_of_the_warm_process_with_its_modules(
    folder: Folder, workers: WarmWorkers
):
    script = f"import os, sys; print(os.getppid(), {MARK!r} in sys.modules)"
    assert folder.run(script, workers)[1] == f"{workers.process.pid} True\n"
    assert folder.run(script, None)[1] == f"{os.getpid()} False\n"


@pytest.mark.parametrize("name", ["two words", "a&b$c", "ü"])
def test_script_in_a_folder_with_an_odd_name_is_run_warm(
    tmp_path: Path, workers: WarmWorkers, name: str
):
    script = "import os; print(os.getcwd(), os.getppid())"
    odd = Folder(tmp_path / name)
    assert odd.run(script, workers) == (0, f"{odd.path} {workers.process.pid}\n", "")


def test_scripts_at_the_same_time_have_their_own_folders_and_streams(
    tmp_path: Path, workers: WarmWorkers
):
    script = "import os; input(); print(os.getcwd())"
    folders = [Folder(tmp_path / str(number)) for number in range(8)]
    started = [folder.start(script, workers) for folder in folders]
    # The last one first: none waits for another.
    for folder, process in reversed(list(zip(folders, started, strict=True))):
        printed, _ = process.communicate("\n", timeout=TIMEOUT)
        assert printed == f"{folder.path}\n"


def await_connections(workers: WarmWorkers, number: int) -> None:
    """Wait until so many clients have connected to a warm process that has accepted none."""
    until = time.monotonic() + TIMEOUT
    # The listening socket has the name too.
    while Path("/proc/net/unix").read_text().count(f"{workers.folder}/socket") <= number:
        assert time.monotonic() < until
        time.sleep(0.01)


def feed(*pipes: Path) -> None:
    """Let those go on who wait to read from the pipes, once they do."""
    for pipe in pipes:
        threading.Thread(target=pipe.write_text, args=[""], daemon=True).start()


def test_script_waits_for_what_it_needs_and_no_longer(folder: Folder, tmp_path: Path):
    names = ("first", "second", "third", "wanted")
    first, second, third, wanted = pipes = [tmp_path / name for name in names]
    for pipe in pipes:
        pipe.with_suffix(".py").write_text(f"open({str(pipe)!r}).read()")
        os.mkfifo(pipe)
    script = f"import sys; print(*[name for name in {names} if name in sys.modules])"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        warm = WarmWorkers(["first", "second", "third"], {"early": ["first", "wanted"]})
    try:
        early = folder.start(script, warm, name="early")
        await_connections(warm, 1)
        feed(first, wanted)
        # What it waits for comes before the others, and its end is told while they are imported.
        assert early.communicate(timeout=TIMEOUT)[0] == "first wanted\n"
        late = folder.start(script, warm, name="late")
        feed(second, third)
        assert late.communicate(timeout=TIMEOUT)[0] == "first second third wanted\n"
    finally:
        warm.end()


def test_what_an_expected_script_needs_is_imported_before_it_comes(folder: Folder, tmp_path: Path):
    (tmp_path / "wanted.py").write_text(f"open({str(tmp_path / 'wanted')!r}).read()")
    os.mkfifo(tmp_path / "wanted")
    script = "import sys; print('wanted' in sys.modules)"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        warm = WarmWorkers([MARK], {"later": ["wanted"]})
    try:
        assert folder.run(script, warm)[1] == "False\n"
        warm.expect(["unknown", "later"])
        feed(tmp_path / "wanted")
        until = time.monotonic() + TIMEOUT
        while folder.run(script, warm)[1] != "True\n":
            assert time.monotonic() < until
    finally:
        warm.end()


def test_nobody_minds_that_a_killed_process_expects_nothing(own_workers: WarmWorkers):
    own_workers.process.kill()
    own_workers.process.wait()
    own_workers.expect(["train_model"])
    own_workers.end()
    assert not own_workers.folder.exists()


@pytest.fixture(scope="module")
def all_imported() -> Iterator[WarmWorkers]:
    warm = WarmWorkers([*IMPORTED, *(name for names in NEEDED.values() for name in names)])
    yield warm
    warm.end()


def test_all_that_jobs_need_can_be_imported_without_a_thread(
    folder: Folder, all_imported: WarmWorkers
):
    script = "import os, sys; print(os.getppid(), 'mlflow' in sys.modules)"
    assert folder.run(script, all_imported)[1] == f"{all_imported.process.pid} True\n"


def test_jobs_import_no_more_for_their_first_table(folder: Folder, all_imported: WarmWorkers):
    script = (
        "import pandas, sys\nfrom sklearn.preprocessing import OneHotEncoder\n"
        "before = {*sys.modules}\n"
        "OneHotEncoder().fit_transform(pandas.DataFrame({'plan': ['a', 'b']}))\n"
        "print({*sys.modules} - before)"
    )
    assert folder.run(script, all_imported)[1] == "set()\n"


def test_scipy_computes_as_ever_and_composes_no_documentation(
    folder: Folder, all_imported: WarmWorkers
):
    script = (
        "from scipy import special, stats\n"
        "print(stats.gmean([1, 4]), special.expit(0.), 'Parameters' in stats.gmean.__doc__)"
    )
    assert folder.run(script, all_imported)[1] == "2.0 0.5 False\n"
    assert folder.run(script, None)[1] == "2.0 0.5 True\n"


@pytest.mark.parametrize("script", NEEDED)
def test_script_needs_only_what_is_imported_for_it(script: str):
    text = (SCRIPTS / f"{script}.py").read_text()
    imports = re.findall(r"^from churn.* import .*$", text, re.M)
    heavy = {"numpy", "pandas", "pandera", "pyarrow", "requests", "scipy", "skops", "sklearn"}
    code = f"import sys, {', '.join(NEEDED[script])}\nbefore = {{*sys.modules}}\n{imports[0]}\n"
    code += "print(*{*sys.modules} - before)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    assert {name.split(".")[0] for name in done.stdout.split()} & heavy == set()


def ask(workers: WarmWorkers) -> set[str]:
    """Ask for estimators, of which one is right, one wrong, and one loses its keys in JSON."""
    path = "sklearn.linear_model.LogisticRegression"
    models = {"right": (path, {"C": 2.0}), "wrong": (path, {"C": -1.0})}
    keyed = {"keyed": (path, {"class_weight": {0: 1, 1: 2}})}
    return find_right(workers, models) | find_right(workers, keyed)


def test_estimators_are_checked_by_the_warm_process(own_workers: WarmWorkers):
    assert ask(own_workers) == {"right"}
    # And in a fresh interpreter if it has gone.
    own_workers.process.kill()
    assert ask(own_workers) == {"right"}


def test_estimators_that_nobody_could_check_are_not_right(
    own_workers: WarmWorkers, monkeypatch: pytest.MonkeyPatch
):
    for number, text in enumerate(("raise SystemExit(1)", "print('no JSON')")):
        script = own_workers.folder / f"{number}.py"
        script.write_text(text)
        monkeypatch.setattr(checking, "SCRIPT", script)
        assert ask(own_workers) == set()


def test_unseeded_random_numbers_differ(folder: Folder, workers: WarmWorkers):
    script = "import random, numpy; print(random.random(), numpy.random.random())"
    first, second = (folder.run(script, workers)[1].split() for _ in range(2))
    assert first[0] != second[0]
    assert first[1] != second[1]


@pytest.mark.parametrize(
    ("shell", "command", "code", "printed"),
    [
        ("bash", "for i in 1 2; do echo $i; done", 0, "1\n2\n"),
        ("bash", "A=b; echo $A | tr b c", 0, "c\n"),
        ("bash", "false | true; echo on", 1, ""),
        ("bash", "echo $unset", 1, ""),
        ("sh", "cd / && pwd", 0, "/\n"),
        ("bash", f"{sys.executable} -c 'print(1)'", 0, "1\n"),
        ("bash", f"{sys.executable} $PWD/.snakemake/scripts/a.py && echo two", 0, "one\ntwo\n"),
        ("bash", f"{sys.executable} '{{}}/a.py' '{{}}/a.py'", 0, "one\n"),
        ("sh", f"{sys.executable} {{}}/a.py", 0, "one\n"),
    ],
)
def test_other_shell_commands_are_left_alone(
    folder: Folder, workers: WarmWorkers, shell: str, command: str, code: int, printed: str
):
    scripts = folder.path / ".snakemake/scripts"
    (scripts / "a.py").write_text("import os; print('one' if os.getppid() > 1 else '')")
    process = folder.shell(
        f"{workers.prefix()} {command.replace('{}', str(scripts))}", f"/bin/{shell}"
    )
    assert process.communicate(timeout=TIMEOUT)[0] == printed
    assert process.returncode == code


def test_libraries_have_the_threads_of_the_job_and_the_warm_process_has_one(folder: Folder):
    script = (
        "import json, os, sklearn.ensemble, scipy.linalg, threadpoolctl\n"
        "print(json.dumps([[pool['user_api'], pool['num_threads']]"
        " for pool in threadpoolctl.threadpool_info()]))"
    )
    modules = ["pyarrow.parquet", "scipy.linalg", "sklearn.ensemble", "churn.warm.first_use"]
    warm = WarmWorkers(modules)
    try:
        for threads in (1, 3):
            variables = {name: str(threads) for name in ONE_THREAD if name.endswith("THREADS")}
            code, printed, errors = folder.run(script, warm, **variables)
            assert code == 0, errors
            assert {tuple(pool) for pool in json.loads(printed)} == {
                ("openmp", threads),
                ("blas", threads),
            }
            assert psutil.Process(warm.process.pid).num_threads() == 1
    finally:
        warm.end()


def test_script_starts_afresh_when_the_warm_process_is_killed(
    folder: Folder, own_workers: WarmWorkers
):
    script = "import os; print(os.getpid(), os.getppid(), flush=True); input()"
    with folder.start(script, own_workers) as process:
        assert process.stdout
        job, parent = map(int, process.stdout.readline().split())
        assert parent == own_workers.process.pid
        own_workers.process.kill()
        again, parent = map(int, process.stdout.readline().split())
        assert (again, parent) == (process.pid, os.getpid())
        assert not alive(job)
        process.communicate("\n", timeout=TIMEOUT)
    assert process.returncode == 0
    # And so do all that come later.
    assert folder.run("print('done')", own_workers) == (0, "done\n", "")


def test_script_starts_afresh_when_a_fork_would_lose_a_thread(folder: Folder, tmp_path: Path):
    (tmp_path / "threaded.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    script = "import os; print(os.getppid())"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        warm = WarmWorkers(["threaded"])
    try:
        assert folder.run(script, warm)[1] == f"{os.getpid()}\n"
    finally:
        warm.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_signal_ends_the_job(folder: Folder, workers: WarmWorkers, number: int):
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip("whoever started the tests, such as nohup, has all of them ignore it")
    with folder.start("import os; print(os.getpid(), flush=True); input()", workers) as process:
        assert process.stdout
        job = int(process.stdout.readline())
        process.send_signal(number)
        # With its input open, whose end would end it too.
        assert process.wait(TIMEOUT) == -number
    await_end(job)
    assert alive(workers.process.pid)


def test_job_may_handle_a_signal(folder: Folder, workers: WarmWorkers):
    script = (
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('ready', flush=True); input()"
    )
    with folder.start(script, workers) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.wait(TIMEOUT) == 7


def test_nothing_is_left_when_the_main_process_is_killed(folder: Folder):
    job = "import os; print(os.getpid(), os.getppid(), flush=True); input()"
    path = folder.path / ".snakemake/scripts/job.py"
    path.write_text(job)
    main = (
        "import subprocess, sys\n"
        "from churn.warm.workers import WarmWorkers\n"
        "warm = WarmWorkers([])\n"
        "command = f'{warm.prefix()} {sys.executable} {sys.argv[1]}'\n"
        "client = subprocess.Popen(command, shell=True, executable='/bin/bash',"
        " stdin=subprocess.PIPE)\n"
        "print(client.pid, flush=True)\n"
        "client.wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", main, path],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    ) as process:
        assert process.stdout
        numbers = f"{process.stdout.readline()} {process.stdout.readline()}"
        client, child, server = map(int, numbers.split())
        assert all(map(alive, (client, child, server)))
        process.kill()
        await_end(client, child, server)


def test_end_ends_all(folder: Folder):
    warm = WarmWorkers([MARK])
    with folder.start("import os; print(os.getpid(), flush=True); input()", warm) as process:
        assert process.stdout
        job = int(process.stdout.readline())
        warm.end()
        await_end(job, warm.process.pid)
        process.communicate("\n", timeout=TIMEOUT)
    assert not warm.folder.exists()


def test_socket_is_private(workers: WarmWorkers):
    other = WarmWorkers([])
    other.end()
    assert other.folder != workers.folder
    assert stat.S_IMODE(workers.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((workers.folder / "socket").stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_what_the_run_ignores_is_ignored_by_jobs(folder: Folder, number: signal.Signals):
    # As after `nohup`, or in the background of a shell.
    before = signal.signal(number, signal.SIG_IGN)
    warm = WarmWorkers([])
    try:
        ignored = folder.run(CASES["signals"], None)
        assert "SIG_IGN" in ignored[1]
        assert folder.run(CASES["signals"], warm) == ignored
        sent = f"import os; os.kill(os.getppid(), {number:d}); print(os.getppid())"
        assert folder.run(sent, warm) == (0, f"{warm.process.pid}\n", "")
    finally:
        warm.end()
        signal.signal(number, before)


@pytest.mark.parametrize("request_bytes", [b"", b"\x08", b"\xff\x00\x00\x00abc", b"\x02\0\0\0ab"])
def test_broken_request_does_no_harm(folder: Folder, workers: WarmWorkers, request_bytes: bytes):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(workers.folder / "socket"))
        client.sendall(request_bytes)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(4) == b""
    script = "import os; print(os.getppid())"
    assert folder.run(script, workers)[1] == f"{workers.process.pid}\n"


def test_a_job_that_has_just_ended_is_not_sampled(tmp_path: Path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / f"{os.getpid()}.job").write_text(str(ended.pid))
    timer = following(benchmark.BenchmarkTimer, psutil.Process, tmp_path)
    sampler = timer(os.getpid(), benchmark.BenchmarkRecord())
    sampler.work()
    assert sampler.main.pid == os.getpid()


@pytest.mark.parametrize("seconds", [0.0, 1.2])
def test_benchmark_is_of_the_job(
    folder: Folder, workers: WarmWorkers, monkeypatch: pytest.MonkeyPatch, seconds: float
):
    timer = following(benchmark.BenchmarkTimer, psutil.Process, workers.folder)
    monkeypatch.setattr(benchmark, "BenchmarkTimer", timer)
    script = (
        "import time\n"
        "memory = bytearray(b'x') * 150_000_000\n"
        f"while time.process_time() < {0.3 + seconds}: pass\n"
    )
    record = benchmark.BenchmarkRecord()
    with (
        folder.start(script, workers) as process,
        benchmark.benchmarked(process.pid, record),
    ):
        assert process.wait(TIMEOUT) == 0
    assert 0.3 + seconds <= record.cpu_time < 0.6 + seconds
    assert 150 < record.max_rss < 250
    if seconds:
        # Sampled while it ran.
        assert record.max_uss > 140
    written = json.loads(record.to_json(extended_fmt=False))
    assert written["cpu_time"] == record.cpu_time
