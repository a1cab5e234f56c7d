"""Run the peers round by round, time them, and see that all come to the same results."""

import json
import os
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from peers.base import Peer, Work
from records import Record
from stages.project import evaluation_outputs

LOG_LINES = 30


class PeerError(Exception):
    """A peer failed, or came to other results than the rest."""


def measure(
    peers: list[Peer], work: Work, before: Work | None, rounds: int, record: Record
) -> None:
    """Run every peer in every round that is not there yet, every other round backwards.

    Each starts in a new folder. Who has not run here before runs once more, uncounted, so that
    nobody pays for reading the disk first.

    Parameters
    ----------
    peers : list of Peer
        Who runs.
    work : Work
        What each has to do.
    before : Work, optional
        What each has done before, uncounted.
    rounds : int
        How many there shall be.
    record : Record
        Of the rounds that are there; each run is added at once.

    Raises
    ------
    PeerError
        If a peer fails, or its evaluations differ in anything from the first one's.
    """
    for number in range(rounds):
        for peer in peers if number % 2 == 0 else reversed(peers):
            if record.has(number, peer.key):
                continue
            if peer.key not in WARM and before is None:
                say(f"warming up: {peer.name}")
                run_once(peer, work, before)
            WARM.add(peer.key)
            measured = run_once(peer, work, before)
            record.add(number, peer.key, measured)
            say(f"round {number + 1} of {rounds}: {measured['seconds']:7.2f} s  {peer.name}")
            if measured["results"] != record.results():
                raise PeerError(f"{peer.name}: other results than {peers[0].name}")


WARM: set[str] = set()


def run_once(peer: Peer, work: Work, before: Work | None) -> dict[str, float | str]:
    """Run a peer in a new folder.

    Returns
    -------
    dict
        Wall ``seconds`` and ``cpu_seconds`` of its command and all that this started, the
        machine's mean ``load`` of the last minute, and the digest of the ``results``.
    """
    with tempfile.TemporaryDirectory(prefix="peer.", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        project = folder / "project"
        peer.prepare(project, before or work)
        if before is not None:
            timed(peer, before, project)
            peer.change(project, work)
        measured: dict[str, float | str] = {**timed(peer, work, project)}
        return measured | {"results": digest_of_reports(peer, work, project)}


def timed(peer: Peer, work: Work, project: Path) -> dict[str, float]:
    """Run a peer's command."""
    command, environment = peer.command(work), peer.environment(project)
    log = project.parent / "log"
    with log.open("w", encoding="utf-8") as file:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=project, env=environment, stdout=file, stderr=file)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        lines = log.read_text(encoding="utf-8").splitlines()[-LOG_LINES:]
        raise PeerError("\n".join([f"{peer.name} ended with {process.returncode}:", *lines]))
    return {
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "load": os.getloadavg()[0],
    }


def digest_of_reports(peer: Peer, work: Work, project: Path) -> str:
    """Give one digest of the evaluations of all models."""
    digest = sha256()
    for model in work.models:
        path = project / evaluation_outputs(model)["report"]
        if not path.is_file():
            raise PeerError(f"{peer.name}: no evaluation of {model}")
        report = json.loads(path.read_text(encoding="utf-8"))
        digest.update(json.dumps(report, sort_keys=True).encode())
    return digest.hexdigest()


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)
