"""Calling functions side by side, in processes that share the memory of this one."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from churn.jobs import end_with

_calls: Sequence[Callable[[], Any]] = ()


def at_once(threads: int, calls: int) -> int:
    """Give how many of some calls can share some threads: one after the other but on Linux.

    Elsewhere a fork is impossible, or unsafe beside the system's own libraries.
    """
    return min(threads, calls) if sys.platform == "linux" else 1


def call_all(calls: Sequence[Callable[[], Any]], threads: int) -> list[Any]:
    """Call functions, as many at a time as there are threads.

    The processes are forked, so that the functions and what they hold need not be copied to
    them; only results are. Threads would wait for each other: much of a fit is Python code.
    They must not use OpenMP if this process has done so before, since a fork loses its threads.

    Parameters
    ----------
    calls : sequence of callable
        Functions without parameters; they are begun in this order.
    threads : int
        See `at_once`; one call at a time is made in this process.

    Returns
    -------
    list
        What each has returned.

    Raises
    ------
    MemoryError
        If a process was killed.
    Exception
        The first that a call has raised.
    """
    processes = at_once(threads, len(calls))
    if processes <= 1:
        return [call() for call in calls]
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, context, _begin, (calls, os.getpid())) as pool:
        with _interrupts_later():
            results = [pool.submit(_call, number) for number in range(len(calls))]
        try:
            return [result.result() for result in results]
        except BrokenProcessPool:
            raise MemoryError("a process was killed, most likely since memory ran out") from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Keep an interrupt back: it would be lost in what Python calls around a fork."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _begin(calls: Sequence[Callable[[], Any]], parent: int) -> None:
    """Prepare a process: it ends with its parent, and quietly when interrupted."""
    global _calls
    _calls = calls
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    end_with(parent)


def _call(number: int) -> Any:
    return _calls[number]()
