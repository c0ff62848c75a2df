"""Default names: the class in snake case, numbered from the second on."""

import re
from collections import Counter

_taken: Counter[str] = Counter()


_WORD_STARTS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<!^)(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """`BatchNormalization` as `batch_normalization`, `ReLU` as `re_lu`, as Keras writes them."""
    return _WORD_STARTS.sub("_", name).lower()


def default_name(kind: str) -> str:
    """The next free name of a kind: `dense`, `dense_1`, `dense_2` …"""
    number = _taken[kind]
    _taken[kind] += 1
    return f"{kind}_{number}" if number else kind


def forget_names() -> None:
    """Number every kind from the start again."""
    _taken.clear()
