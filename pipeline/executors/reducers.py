"""What cannot travel to a worker, and how it is opened anew there."""

from collections.abc import Callable
from typing import Any

REDUCERS: dict[tuple[str, str], Callable[[Any], tuple[Any, ...]]] = {}
"""By module and name of the class; what `__reduce__` would return."""
