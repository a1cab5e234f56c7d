"""What a forked child does to be the fresh interpreter that its job expects."""

import atexit
import builtins
import os
import random
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

POOLS = "churn.thread_pools"
LIBRARIES = ("OMP_NUM_THREADS", "openmp"), ("OPENBLAS_NUM_THREADS", "blas")


@dataclass(frozen=True)
class Request:
    """A script to run.

    Attributes
    ----------
    script : str
        Its path.
    folder : bytes
        The working directory.
    environment : dict of bytes to bytes
        All environment variables.
    streams : list of int
        Descriptors of standard input, output and error.
    """

    script: str
    folder: bytes
    environment: dict[bytes, bytes]
    streams: list[int]


def run(request: Request) -> None:
    """Run a script as ``python SCRIPT`` does; the process ends with it."""
    code = 1
    try:
        _take_over(request)
        _use_threads()
        _reseed()
        code = _execute(request.script)
    finally:
        _end(code)


def _take_over(request: Request) -> None:
    """Become what the client is: its streams, folder and environment."""
    for number, stream in enumerate(request.streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdout.reconfigure(line_buffering=os.isatty(1))  # type: ignore[union-attr]
    os.chdir(request.folder)
    os.environb.clear()
    os.environb.update(request.environment)


def _use_threads() -> None:
    """Give the libraries that are loaded the threads that they would have read when loading."""
    wanted = {}
    for variable, library in LIBRARIES:
        number = os.environ.get(variable, "")
        # The warm process has one thread each.
        if number.isdecimal() and int(number) > 1:
            wanted[library] = int(number)
    # Those that a job loads itself read the variables.
    if wanted and POOLS in sys.modules:
        sys.modules[POOLS].thread_pools().limit(limits=wanted)


def _reseed() -> None:
    """Draw other unseeded random numbers than the other children."""
    random.seed()
    if "numpy.random" in sys.modules:
        from numpy.random import seed

        seed()


def _execute(script: str) -> int:
    """Execute a script as the main module and give its exit code."""
    path = Path(script).absolute()
    main = ModuleType("__main__")
    main.__file__ = str(path)
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
    sys.argv = [script]
    if not sys.flags.safe_path:
        sys.path.insert(0, str(path.parent))
    try:
        code = compile(path.read_bytes(), path, "exec", dont_inherit=True)
        exec(code, main.__dict__)  # noqa: S102
    except SystemExit as end:
        return _exit_code(end.code)
    except KeyboardInterrupt:
        # Before or after what `churn.jobs` does with one; where it fell is of no interest.
        _end_by(signal.SIGINT)
        return 1
    except BaseException as error:
        # Without the frames of this module.
        trace = error.__traceback__.tb_next if error.__traceback__ else None
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        return 1
    return 0


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def _end_by(number: int) -> None:
    """End of a signal, as the interpreter does after an interrupt."""
    _finish()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _end(code: int) -> None:
    """End at once: to take down all modules would copy the memory shared with the parent."""
    _finish()
    os._exit(code)


def _finish() -> None:
    """Do what the interpreter does at its end, as `multiprocessing` does in its children."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
