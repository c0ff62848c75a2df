"""Objects on their way from a worker back to the consumer: classes that came from there arrive as themselves.

cloudpickle would send a class of `__main__` by value, and set what it had in the worker on the consumer's own class.
"""

import io
import pickle
from collections.abc import Callable
from typing import Any

import cloudpickle
from cloudpickle.cloudpickle import _DYNAMIC_CLASS_TRACKER_BY_CLASS, _DYNAMIC_CLASS_TRACKER_BY_ID


def dumps(thing: Any, buffer_callback: Callable[[pickle.PickleBuffer], Any] | None = None) -> bytes:
    """The pickle of anything that cloudpickle knows, to be read by `pickle.loads`."""
    stream = io.BytesIO()
    _Homeward(stream, protocol=5, buffer_callback=buffer_callback).dump(thing)
    return stream.getvalue()


class _Homeward(cloudpickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, type):
            number = _DYNAMIC_CLASS_TRACKER_BY_CLASS.get(obj)
            if number is not None:
                return _at_home, (number, cloudpickle.dumps(obj))
        return super().reducer_override(obj)


def _at_home(number: str, by_value: bytes) -> type:
    """The class that went out under this number; one that the worker made itself comes by value."""
    own = _DYNAMIC_CLASS_TRACKER_BY_ID.get(number)
    return pickle.loads(by_value) if own is None else own
