"""What all sections of a configuration's schema have in common."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)]
Column = Annotated[str, StringConstraints(min_length=1)]
# A label may be a number or a truth value in the table; it is compared as text.
Label = Annotated[str, BeforeValidator(lambda label: label if label is None else str(label))]
ImportPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")]


def quoted(names: Iterable[str]) -> str:
    """Join `names` for a message, each in quotes."""
    return ", ".join(f"'{name}'" for name in names)


class Section(BaseModel):
    """Base of all sections: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
