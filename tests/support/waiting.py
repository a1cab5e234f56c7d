"""Wait for what another process does."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], what: str, timeout: float = 120) -> None:
    """Wait for a condition, or fail naming `what` was waited for."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f"{what} took longer than {timeout} s"
        time.sleep(0.05)
