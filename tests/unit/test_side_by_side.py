"""Functions called side by side in processes: results, errors, and ends."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from churn.errors import InputError
from churn.side_by_side import call_all
from support.project import ROOT
from support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux")


def refuse() -> None:
    raise InputError(["first problem", "second problem"])


def end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_are_in_the_order_of_the_calls(threads: int):
    held = {"not": lambda: "to be pickled"}
    calls = [partial(lambda number, _held: 2 * number, number, held) for number in range(5)]
    assert call_all(calls, threads) == [0, 2, 4, 6, 8]


def test_calls_are_in_other_processes_at_the_same_time():
    read, write = os.pipe()

    def ask() -> bytes:
        return os.read(read, 1)

    def answer() -> int:
        os.write(write, b"x")
        return os.getpid()

    # In turn, the first would wait for ever.
    got, process = call_all([ask, answer], 2)
    assert got == b"x"
    assert process != os.getpid()


@pytest.mark.parametrize("threads", [1, 2])
def test_what_a_call_raises_arrives_whole(threads: int):
    with pytest.raises(InputError) as caught:
        call_all([refuse, os.getpid], threads)
    assert caught.value.problems == ["first problem", "second problem"]


def test_a_killed_process_is_told_as_memory_that_ran_out():
    with pytest.raises(MemoryError, match="a process was killed"):
        call_all([end, os.getpid], 2)


# The parent is interrupted, or killed at once; its processes wait for what never comes.
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_their_parent(number: signal.Signals):
    code = (
        "import os, signal\n"
        "from churn.side_by_side import call_all\n"
        "def wait():\n"
        "    os.write(1, b'%d\\n' % os.getpid())\n"
        "    signal.pause()\n"
        "call_all([wait, wait], 2)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert parent.stdout
    children = [int(parent.stdout.readline()) for _ in range(2)]
    if number == signal.SIGKILL:
        parent.kill()
    else:
        # As a terminal does.
        os.killpg(parent.pid, number)
    parent.communicate(timeout=30)
    for child in children:
        wait_until(lambda child=child: not Path(f"/proc/{child}").exists(), f"{child} has ended")
