"""A mapping whose values are made when they are asked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

Value = TypeVar("Value")


class LazyMapping(Mapping[str, Value]):
    """Known keys, each value made at its first use.

    Parameters
    ----------
    keys : mapping
        Its keys, in its order.
    make : callable
        Makes the value of a key.
    """

    def __init__(self, keys: Mapping[str, object], make: Callable[[str], Value]) -> None:
        self._keys = keys
        self._make = make
        self._made: dict[str, Value] = {}

    def __getitem__(self, key: str) -> Value:
        if key not in self._keys:
            raise KeyError(key)
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
