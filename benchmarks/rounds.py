"""Run the peers round by round, time them, and see that all come to the same results."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from peers.base import Peer, Work
from stages.project import evaluation_outputs

LOG_LINES = 30


class PeerError(Exception):
    """A peer failed, or came to other results than the rest."""


def warm_up(peers: Sequence[Peer], work: Work, folder: Path) -> None:
    """Run every peer once, uncounted, so that the first one does not pay for reading the disk."""
    folder.mkdir()
    for number, peer in enumerate(peers):
        say(f"warming up: {peer.name}")
        run(peer, work, folder / str(number))


def measure(peers: Sequence[Peer], work: Work, rounds: int, folder: Path) -> list[list[float]]:
    """Run every peer in every round, each time from nothing, every other round backwards.

    Parameters
    ----------
    peers : sequence of Peer
        Who runs.
    work : Work
        What each has to do.
    rounds : int
        How often.
    folder : Path
        Where the peers' folders are made.

    Returns
    -------
    list of list of float
        Wall seconds: for each peer, in the order of `peers`, one a round.

    Raises
    ------
    PeerError
        If a peer fails, or its evaluations differ in anything from the first one's.
    """
    seconds: list[list[float]] = [[] for _ in peers]
    expected: dict[str, Any] = {}
    for number in range(1, rounds + 1):
        order = range(len(peers))
        for index in order if number % 2 else reversed(order):
            peer, place = peers[index], folder / f"{number}-{index}"
            seconds[index].append(run(peer, work, place))
            say(f"round {number} of {rounds}: {seconds[index][-1]:6.2f} s  {peer.name}")
            reports = read_reports(peer, work, place)
            expected = expected or reports
            differing = [model for model in work.models if reports[model] != expected[model]]
            if differing:
                raise PeerError(f"{peer.name}: other results for {', '.join(differing)}")
    return seconds


def run(peer: Peer, work: Work, folder: Path) -> float:
    """Prepare a peer in a new folder, run its command and give the wall seconds of that alone."""
    folder.mkdir()
    project = folder / "project"
    peer.prepare(project, work)
    command, environment = peer.command(work), peer.environment(project)
    with (folder / "log").open("w", encoding="utf-8") as log:
        start = time.perf_counter()
        done = subprocess.run(
            command, cwd=project, env=environment, stdout=log, stderr=log, check=False
        )
        seconds = time.perf_counter() - start
    if done.returncode != 0:
        lines = (folder / "log").read_text(encoding="utf-8").splitlines()[-LOG_LINES:]
        raise PeerError("\n".join([f"{peer.name} ended with {done.returncode}:", *lines]))
    return seconds


def read_reports(peer: Peer, work: Work, folder: Path) -> dict[str, Any]:
    """Read the evaluation of every model."""
    paths = {
        model: folder / "project" / evaluation_outputs(model)["report"] for model in work.models
    }
    missing = [model for model, path in paths.items() if not path.is_file()]
    if missing:
        raise PeerError(f"{peer.name}: no evaluation of {', '.join(missing)}")
    return {model: json.loads(path.read_text(encoding="utf-8")) for model, path in paths.items()}


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)
