"""Logs of a batch that stay on the device until somebody looks at them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any


class LazyLogs(dict[str, Any]):
    """A dict of floats whose values come from `fetch()`, called once, at the first look at a value.

    Names, length and membership need no values. C code that takes a shortcut into dicts (`json`, `dict(logs)`,
    `{**logs}`, pickle) sees the values too: the names are in place from birth, so it finds the dict not empty, and
    an `__iter__` written in Python keeps it from copying the empty values.
    """

    __slots__ = ("_fetch",)

    def __init__(self, names: Sequence[str], fetch: Callable[[], Sequence[float]]) -> None:
        super().__init__(dict.fromkeys(names))
        self._fetch: Callable[[], Sequence[float]] | None = fetch

    def _fill(self) -> None:
        if self._fetch is not None:
            values = self._fetch()
            self._fetch = None
            super().update(zip(super().keys(), values, strict=True))

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    def __eq__(self, other: object) -> bool:
        return dict(self) == (dict(other) if isinstance(other, LazyLogs) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return dict, (dict(self),)

    __hash__ = None  # as dicts


def _filled(name: str) -> Callable[..., Any]:
    plain = vars(dict)[name]

    def method(self: LazyLogs, *args: Any, **kwargs: Any) -> Any:
        self._fill()
        return plain(self, *args, **kwargs)

    method.__name__ = name
    return method


for _name in "items values get pop popitem setdefault update clear copy".split():
    setattr(LazyLogs, _name, _filled(_name))
for _name in "getitem setitem delitem repr or ror ior".split():
    setattr(LazyLogs, f"__{_name}__", _filled(f"__{_name}__"))
