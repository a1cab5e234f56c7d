"""The errors that are meant for the person at the terminal."""

from collections.abc import Sequence

from churn.redaction import hide


class InputError(Exception):
    """Something the user gave (a config value, a file, a table) cannot be used.

    It is shown as its message alone, never with a traceback, so the message has to name the
    place (file, key, column), what was found there and what is allowed.

    Parameters
    ----------
    problems : str or sequence of str
        What is wrong, one line each; all that were found, not only the first.
    """

    def __init__(self, problems: str | Sequence[str]) -> None:
        lines = [problems] if isinstance(problems, str) else problems
        # What the user typed is quoted, but neither the secrets nor the line ends in it.
        self.problems = ["\\n".join(hide(line).splitlines()) for line in lines]
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type["InputError"], tuple[list[str]]]:
        """Come out of another process as it went in, line by line."""
        return type(self), (self.problems,)


class DamagedFileError(InputError, ValueError):
    """A file of the results is not as the workflow wrote it."""
