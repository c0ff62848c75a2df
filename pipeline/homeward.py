"""Objects on their way from a worker back to the consumer: classes that came from there arrive as themselves.

cloudpickle would send a class of `__main__` by value, and set what it had in the worker on the consumer's own class.
A worker to which nothing came by value has not loaded cloudpickle, and does so only for what pickle refuses: that takes
as long as a few batches.
"""

import io
import pickle
import sys
from contextlib import suppress
from functools import cache
from typing import Any


def dumps(thing: Any, buffers: list[pickle.PickleBuffer] | None = None) -> bytes:
    """The pickle of anything that cloudpickle knows, to be read by `pickle.loads`.

    Where `buffers` are given, an empty list, large buffers are put there.
    """
    callback = None if buffers is None else buffers.append
    if "cloudpickle" not in sys.modules:
        with suppress(Exception):
            return pickle.dumps(thing, protocol=5, buffer_callback=callback)
        # What was put there before it was refused.
        if buffers is not None:
            buffers.clear()
    stream = io.BytesIO()
    _pickler()(stream, protocol=5, buffer_callback=callback).dump(thing)
    return stream.getvalue()


@cache
def _pickler() -> type[pickle.Pickler]:
    import cloudpickle  # noqa: PLC0415 # most workers do without
    from cloudpickle.cloudpickle import _DYNAMIC_CLASS_TRACKER_BY_CLASS as numbers  # noqa: PLC0415 # the same

    class Homeward(cloudpickle.Pickler):
        def reducer_override(self, obj: Any) -> Any:
            if isinstance(obj, type) and obj in numbers:
                return _at_home, (numbers[obj], cloudpickle.dumps(obj))
            return super().reducer_override(obj)

    return Homeward


def _at_home(number: str, by_value: bytes) -> type:
    """The class that went out under this number; one that the worker made itself comes by value."""
    from cloudpickle.cloudpickle import _DYNAMIC_CLASS_TRACKER_BY_ID as classes  # noqa: PLC0415 # here it is loaded

    own = classes.get(number)
    return pickle.loads(by_value) if own is None else own
