"""Where a value of the configuration comes from, as the user wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from churn.config.run import MODEL


@dataclass(frozen=True)
class Typed:
    """One override of the command line.

    Attributes
    ----------
    line : str
        As typed, in Hydra's grammar.
    key : str
        The dotted key, or the group, that it sets.
    is_section : bool
        Whether it sets several keys at once, ``{key: value}``.
    """

    line: str
    key: str
    is_section: bool


@dataclass(frozen=True)
class Origins:
    """What was put together; plain values alone.

    Attributes
    ----------
    primary_file : str
        The primary config file.
    primary : mapping
        Its own content.
    files : mapping of str to str
        The file of each group's chosen option.
    overrides : sequence of Typed
        What the command line changed, in order.
    """

    primary_file: str
    primary: Mapping[str, Any]
    files: Mapping[str, str]
    overrides: Sequence[Typed]

    def of(self, key: str, file: str | None = None) -> str:
        """Name the override, or else the file, that a key's value comes from.

        Parameters
        ----------
        key : str
            Dotted key.
        file : str, optional
            The file of the key's group, where there can be several (one a model).
        """
        return self.override_of(key) or (
            self.primary_file
            if self._in_primary(key)
            else file or self.files.get(key.split(".")[0], self.primary_file)
        )

    def override_of(self, key: str) -> str | None:
        """Name the last override, as typed, that set a key or a section around it."""
        for typed in reversed(self.overrides):
            is_group = typed.key in self.files or typed.key == MODEL
            chooses_file = is_group and not typed.is_section
            if (key == typed.key or key.startswith(f"{typed.key}.")) and not chooses_file:
                return f"--config {typed.line}"
        return None

    def _in_primary(self, key: str) -> bool:
        node: Any = self.primary
        for name in key.split("."):
            if not isinstance(node, Mapping) or name not in node:
                return False
            node = node[name]
        return True
