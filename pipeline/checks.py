"""What arguments must be, checked at the door."""

import reprlib
from numbers import Integral


def check_whole(name: str, value: object, least: int | None = None) -> None:
    """Raises ValueError where the argument is not a whole number, or is less than `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or (least is not None and value < least):
        bound = "" if least is None else f" of at least {least}"
        # Short, since an array may have come to the place of a number.
        raise ValueError(f"{name} must be a whole number{bound}, but is {reprlib.repr(value)}")


def check_shuffle(value: object) -> None:
    """Raises ValueError where it is neither True nor False nor "batch"."""
    if not (isinstance(value, bool) or (isinstance(value, str) and value == "batch")):
        raise ValueError(f'shuffle must be True, False or "batch", but is {value!r}')
