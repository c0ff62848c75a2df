"""Other libraries, imported late, since they may not be installed."""

from types import ModuleType


def keras() -> ModuleType:
    """Keras, on the backend that the environment variable KERAS_BACKEND names."""
    import keras

    return keras
