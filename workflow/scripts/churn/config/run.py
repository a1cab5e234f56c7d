"""The validated configuration of a run, which gives every stage the part that it reads."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from churn.config.origins import Origins

# The group of config files, and the key, of a model.
MODEL = "model"


@dataclass(frozen=True)
class Run:
    """The validated configuration of one run, as plain values.

    Attributes
    ----------
    shared : mapping
        Everything that the models have in common.
    models : mapping of str to mapping
        The models, or variants of models, that are trained and compared, by name.
    points : dict of str to dict
        By the same name, the values that a sweep gave to keys of the model.
    files : dict of str to str
        By the same name, the file that the model stands in.
    origins : Origins
        Where each value comes from.
    """

    shared: Mapping[str, Any]
    models: Mapping[str, Mapping[str, Any]]
    points: dict[str, dict[str, Any]]
    files: dict[str, str]
    origins: "Origins"

    def section(self, key: str, leave_out: Collection[str] = ()) -> Any:
        """Give the section or value at a dotted key as plain values with sorted keys."""
        value: Any = self.shared
        for name in key.split("."):
            value = value[name]
        plain = _sorted(value)
        if not leave_out:
            return plain
        return {name: plain[name] for name in plain if name not in leave_out}

    def raw_suffix(self) -> str:
        """Give the ending of the raw table's name."""
        source = self.shared["data"]["source"]
        if source["kind"] == "file":
            return str(source["path"].rsplit(".", 1)[1])
        return str(source["format"]) if source["kind"] == "url" else "csv"

    def swept(self) -> Any:
        """Give the values that a sweep gave to the variants of models, if there is one."""
        return _sorted({name: point for name, point in self.points.items() if point})

    def model(self, name: str) -> Any:
        """Give the section of one model as plain values with sorted keys."""
        return _sorted(self.models[name])


def _sorted(value: Any) -> Any:
    """Sort the keys of sections: Snakemake compares parameters in order."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
