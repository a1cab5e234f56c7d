"""Have a script run by the warm process, as if this process were running it.

    python -I -S client.py SOCKET MAIN_PROCESS SCRIPT

It starts in place of ``python SCRIPT``, hands over its folder, environment and standard streams,
passes signals on, and ends as the script ends. Whenever that is impossible it becomes
``python SCRIPT``. Only built-in modules are imported, since this is all that a job pays.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import os
import sys

# What whoever started the run has it ignore, such as `nohup` a hang-up, is ignored by jobs too.
FORWARDED = [
    number
    for number in (
        _signal.SIGHUP,
        _signal.SIGINT,
        _signal.SIGQUIT,
        _signal.SIGTERM,
        _signal.SIGTSTP,
        _signal.SIGCONT,
        _signal.SIGUSR1,
        _signal.SIGUSR2,
    )
    if _signal.getsignal(number) != _signal.SIG_IGN
]
# Until it is passed on, an interrupt ends this process without a traceback.
if _signal.SIGINT in FORWARDED:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
ENDING = {_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM}


def main(address: str, main_process: int, script: str) -> None:
    """Run the script warm or, failing that, fresh."""
    received: list[int] = []
    status = run_warm(address, script, received)
    if status is not None:
        end_as(status)
    for number in ENDING.intersection(received):
        end_as(number)
    # The run is over: nothing may be written any more.
    if os.getppid() != main_process:
        sys.exit(1)
    os.execv(sys.executable, [sys.executable, script])  # noqa: S606


def run_warm(address: str, script: str, received: list[int]) -> int | None:
    """Give the wait status of the script, or None if there is no warm process to tell it.

    Parameters
    ----------
    address : str
        Path of the warm process's socket.
    script : str
        The script.
    received : list of int
        Signals that came in the meantime are added here.
    """
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)

    def pass_on(number: int, _frame: object) -> None:
        received.append(number)
        try:
            connection.send(bytes([number]))
        except OSError:
            return  # the warm process has gone, which the next line to read will tell
        if number == _signal.SIGTSTP:
            os.kill(os.getpid(), _signal.SIGSTOP)

    try:
        connection.connect(address)
        for number in FORWARDED:
            _signal.signal(number, pass_on)
        send_request(connection, script)
        status = connection.recv(4)
    except OSError:
        return None
    return int.from_bytes(status, "little") if len(status) == 4 else None


def send_request(connection: _socket.socket, script: str) -> None:
    """Send the script, its folder and its environment, and the three standard streams."""
    environment = [name + b"=" + value for name, value in os.environb.items()]
    text = b"\0".join([os.fsencode(script), os.getcwdb(), *environment])  # noqa: PTH109
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)]
    message = len(text).to_bytes(4, "little") + text
    sent = connection.sendmsg([message], rights)
    while sent < len(message):
        sent += connection.send(message[sent:])


def end_as(status: int) -> None:
    """End with an exit code, or of a signal, as a wait status says."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != _signal.SIGKILL:
            _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
