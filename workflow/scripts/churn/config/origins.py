"""Where a value of the configuration comes from, as the user wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.types import Override

from churn.config.run import MODEL


@dataclass(frozen=True)
class Origins:
    """What was put together.

    Attributes
    ----------
    primary_file : str
        The primary config file.
    primary : mapping
        Its own content.
    files : mapping of str to str
        The file of each group's chosen option.
    overrides : sequence of Override
        What the command line changed, in order.
    """

    primary_file: str
    primary: Mapping[str, Any]
    files: Mapping[str, str]
    overrides: Sequence[Override]

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
        for override in reversed(self.overrides):
            typed = override.key_or_group
            is_group = typed in self.files or typed == MODEL
            chooses_file = is_group and not isinstance(override.value(), Mapping)
            if (key == typed or key.startswith(f"{typed}.")) and not chooses_file:
                return f"--config {override.input_line}"
        return None

    def _in_primary(self, key: str) -> bool:
        node: Any = self.primary
        for name in key.split("."):
            if not isinstance(node, Mapping) or name not in node:
                return False
            node = node[name]
        return True
