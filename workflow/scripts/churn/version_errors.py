"""Say in one line what DVC, the disk or a server has against a version."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from dvc.exceptions import DvcException
from dvc.lock import LockError

from churn.errors import InputError


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what DVC, the disk or a server refuses into one line for the user."""
    try:
        yield
    except LockError:
        raise InputError(
            "another DVC process is at work here and did not end in time "
            "(versioning.lock_timeout); nothing was changed, and the next run tries again"
        ) from None
    except DvcException as error:
        raise InputError(f"DVC: {words(error)}") from None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise InputError(
                f"no space is left for versions ({error.filename or 'cache of DVC'}); the results "
                "stay. Make room, for example with `dvc gc -A`, and run again"
            ) from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise InputError(
                f"{error.filename or 'the cache of DVC'} cannot be written ({error.strerror}); "
                "the results stay"
            ) from None
        raise InputError(f"{type(error).__name__}: {words(error)}") from None


def words(error: BaseException) -> str:
    """Give an error's message in one line."""
    text = str(error) or type(error).__name__
    return " ".join(text.split())
