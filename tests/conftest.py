"""What every test relies on: a known platform, and peers only where they are installed."""

import os
from importlib.util import find_spec

# Read when JAX and Keras are first imported; the platform may be given, to run the suite on a GPU.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["KERAS_BACKEND"] = "jax"

import pytest  # noqa: E402 # the environment comes first


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("peers"):
        missing = [library for library in marker.args if find_spec(library) is None]
        if missing:
            pytest.skip(f"not installed: {', '.join(missing)}")
