"""Optimizers by every name that users write; the folder's `__init__` fills it."""

from collections.abc import Mapping
from typing import Any

from ..catalog import Catalog, Named
from ..schedules import deserialize as deserialize_schedule


def _nested(config: Mapping[str, Any], custom_objects: Mapping[str, Named] | None) -> Any:
    """What a config inside an optimizer's config stands for."""
    if config.get("module") == "keras.optimizers":
        return catalog.deserialize(config, custom_objects)
    return deserialize_schedule(config, custom_objects)


catalog = Catalog("optimizers", [], nested=_nested)
