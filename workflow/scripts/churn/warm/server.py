"""The warm process: imports what jobs need, then forks a child for each job.

    python server.py FOLDER LISTENER MAIN_PROCESS MODULES

It has one thread and starts none, since a fork copies only the thread that calls it. It ends
when its standard input does, or at once when the main process is killed, and its children with it.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path

# The library instead of this file's folder, and only for what follows: a job brings its own path.
if not sys.flags.safe_path:
    sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from churn.jobs import end_with
from churn.warm.job import Request, run

sys.path.pop(0)

IGNORED = (
    *(signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP),
    *(signal.SIGUSR1, signal.SIGUSR2),
)
REQUEST_SECONDS = 10.0


@dataclass(frozen=True)
class Waiting:
    """A process whose job has not been started.

    Attributes
    ----------
    connection : socket
        To it.
    process : int
        Its id.
    request : Request
        The job.
    """

    connection: socket.socket
    process: int
    request: Request


@dataclass(frozen=True)
class Client:
    """A process whose job is done by a child.

    Attributes
    ----------
    connection : socket
        To it.
    process : int
        Its id.
    job : int
        The id of the child that does its job.
    """

    connection: socket.socket
    process: int
    job: int


class Server:
    """Forks a child for each request.

    Parameters
    ----------
    folder : Path
        A private folder. ``PROCESS.job`` in it holds the id of the child that works for a client
        process, and ``PROCESS.usage`` what that has used, once it has ended.
    listener : int
        Descriptor of the listening socket.
    modules : mapping of str to sequence of str
        For a script's name what it needs, and for ``""`` what all others need, which is imported
        even if there is none. What other scripts need is if their names, a line each, come in on
        standard input.
    """

    def __init__(self, folder: Path, listener: int, modules: Mapping[str, Sequence[str]]) -> None:
        self.folder = folder
        self.modules = modules
        self.tried: set[str] = set()
        self.expected: list[str] = []
        self.listener = socket.socket(fileno=listener)
        self.listener.setblocking(False)
        self.waiting: list[Waiting] = []
        self.clients: dict[int, Client] = {}
        self.selector = selectors.DefaultSelector()
        self.ended, woken = socket.socketpair()
        woken.setblocking(False)
        self.ended.setblocking(False)
        self.woken = woken
        # What the run ignores, jobs ignore too.
        self.own = [number for number in IGNORED if signal.getsignal(number) != signal.SIG_IGN]
        for number in IGNORED:
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, _do_nothing)
        signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        for source in (sys.stdin, self.listener, self.ended):
            self.selector.register(source, selectors.EVENT_READ)

    def serve(self) -> Request:
        """Import what is needed next and serve in between, then serve on.

        Returns
        -------
        Request
            In a forked child only: what it has to do.
        """
        # What is imported stays; to look through it again and again takes a sixth of the time.
        gc.disable()
        while True:
            while (waiting := self._next()) is not None:
                request = self._fork(waiting)
                if request is not None:
                    return request
            module = self._missing()
            for key, _ in self.selector.select(None if module is None else 0):
                self._handle(key)
            if module is not None and not any(map(self._is_ready, self.waiting)):
                # Perhaps another one: somebody may have come to wait.
                self._import(self._missing() or module)

    def _needs(self, script: str) -> Sequence[str]:
        # Snakemake puts letters of its own before the name.
        name = Path(script).stem.split(".")[-1]
        return self.modules.get(name, self.modules[""])

    def _missing(self) -> str | None:
        """Give the module to import next: what scripts wait for comes first."""
        needed = [self._needs(waiting.request.script) for waiting in self.waiting]
        expected = [self.modules.get(name, ()) for name in self.expected]
        modules = chain(*needed, self.modules[""], *expected)
        return next((name for name in modules if name not in self.tried), None)

    def _import(self, module: str) -> None:
        self.tried.add(module)
        # Otherwise a job that has ended would wait for the import to end.
        signal.signal(signal.SIGCHLD, lambda *_: self._reap())
        with contextlib.suppress(Exception):  # a job that needs it will say what is wrong
            import_module(module)
        signal.signal(signal.SIGCHLD, _do_nothing)

    def _is_ready(self, waiting: Waiting) -> bool:
        """Tell whether a script can be started without importing anew what is on its way."""
        return self.tried.issuperset(self._needs(waiting.request.script))

    def _next(self) -> Waiting | None:
        ready = next(filter(self._is_ready, self.waiting), None)
        if ready is not None:
            self.waiting.remove(ready)
        return ready

    def _handle(self, key: selectors.SelectorKey) -> None:
        if key.fileobj is self.listener:
            self._accept()
        elif key.fileobj is self.ended:
            self.ended.recv(4096)
            self._reap()
        elif key.fileobj is sys.stdin:
            self._expect()
        else:
            self._pass_on(key.data)

    def _expect(self) -> None:
        """Note the scripts that are going to come, or that none will come any more."""
        names = os.read(sys.stdin.fileno(), 65536)
        if not names:
            self._close()
        self.expected += names.decode().split()

    def _accept(self) -> None:
        """Take a request; if it is none, the client helps itself."""
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        connection.settimeout(REQUEST_SECONDS)
        try:
            self.waiting.append(Waiting(connection, peer(connection), receive(connection)))
        except (OSError, ValueError):
            connection.close()

    def _fork(self, waiting: Waiting) -> Request | None:
        """Fork a child for a request; if that is impossible, the client helps itself."""
        connection, process, request = waiting.connection, waiting.process, waiting.request
        parent = os.getpid()
        try:
            if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208
                raise RuntimeError("a fork would lose a thread")
            job = os.fork()
        except (OSError, RuntimeError):
            job = -1
        if job == 0:
            self._become_child(connection, parent)
            return request
        for stream in request.streams:
            os.close(stream)
        if job < 0:
            connection.close()
            return None
        # In the child too: whoever comes first. Signals reach it by its client alone.
        with contextlib.suppress(OSError):
            os.setpgid(job, job)
        self._note(f"{process}.job", str(job))
        client = Client(connection, process, job)
        self.clients[job] = client
        self.selector.register(connection, selectors.EVENT_READ, client)
        return None

    def _become_child(self, connection: socket.socket, parent: int) -> None:
        """Let go of all that is the server's, and end with it."""
        # Collecting garbage must not touch, and so copy, what is shared.
        gc.freeze()
        gc.enable()
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in self.own:
            handler = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, handler)
        self.selector.close()
        for client in self.clients.values():
            client.connection.close()
        for waiting in self.waiting:
            waiting.connection.close()
            for stream in waiting.request.streams:
                os.close(stream)
        for own in (connection, self.listener, self.ended, self.woken):
            own.close()
        end_with(parent)

    def _reap(self) -> None:
        """Tell clients how their jobs have ended."""
        while self.clients:
            job, status, usage = os.wait4(-1, os.WNOHANG)
            if job == 0:
                return
            client = self.clients.pop(job, None)
            if client is None:
                continue  # not a job, but something that a module has started when imported
            used = {
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
                "peak_memory_kib": usage.ru_maxrss,
            }
            # Before the client ends, since then it is looked for.
            self._note(f"{client.process}.usage", json.dumps(used))
            with contextlib.suppress(OSError):
                client.connection.sendall(status.to_bytes(4, "little"))
            self._hang_up(client)

    def _note(self, name: str, text: str) -> None:
        """Write a file for those who measure; on a full disk they go without."""
        with contextlib.suppress(OSError):
            (self.folder / name).write_text(text)

    def _pass_on(self, client: Client) -> None:
        """Send a job the signals that its client has got; kill it if that has gone."""
        if client.job not in self.clients:
            return  # it has ended just now
        try:
            numbers = client.connection.recv(64)
        except OSError:
            numbers = b""
        for number in numbers or [signal.SIGKILL]:
            with contextlib.suppress(OSError):
                os.killpg(client.job, number)
        if not numbers:
            self._hang_up(client)

    def _hang_up(self, client: Client) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(client.connection)
        client.connection.close()

    def _close(self) -> None:
        """End, and all jobs with it."""
        for job in self.clients:
            with contextlib.suppress(OSError):
                os.killpg(job, signal.SIGKILL)
        os._exit(0)


def _do_nothing(_number: int, _frame: object) -> None:
    """Let a signal come through the wake-up descriptor alone."""


def receive(connection: socket.socket) -> Request:
    """Read a request.

    Parameters
    ----------
    connection : socket
        To a client.

    Returns
    -------
    Request

    Raises
    ------
    ValueError
        If it is not whole.
    """
    # What follows a request are signals: nothing is read too far.
    head, streams, _, _ = socket.recv_fds(connection, 4, 3)
    size, text = int.from_bytes(head, "little"), bytearray()
    while len(text) < size and (data := connection.recv(size - len(text))):
        text += data
    if len(head) < 4 or len(text) < size or len(streams) != 3:
        for stream in streams:
            os.close(stream)
        raise ValueError("the request is not whole")
    script, folder, *environment = bytes(text).split(b"\0")
    pairs: list[list[bytes]] = [item.split(b"=", 1) for item in environment]
    return Request(os.fsdecode(script), folder, dict(pairs), streams)


def peer(connection: socket.socket) -> int:
    """Give the id of the process at the other end; PermissionError if it is another user's."""
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    process, user, _ = struct.unpack("3i", credentials)
    if user != os.getuid():
        raise PermissionError(f"process {process} belongs to another user")
    return int(process)


def main(folder: str, listener: int, main_process: int, modules: str) -> None:
    """Serve until the end of the run; in a child, run the job."""
    end_with(main_process)
    run(Server(Path(folder), listener, json.loads(modules)).serve())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
