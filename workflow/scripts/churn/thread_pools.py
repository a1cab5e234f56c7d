"""The libraries that compute in threads."""

from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def thread_pools() -> ThreadpoolController:
    """Give the control of those that were loaded when this was first called.

    To find them means to look through all that are loaded, some hundred.
    """
    return ThreadpoolController()
