"""What every test relies on: a known platform, and peers only where they are installed."""

import os
from importlib.util import find_spec
from pathlib import Path

# Read when JAX and Keras are first imported; the platform may be given, to run the suite on a GPU.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["KERAS_BACKEND"] = "jax"
# Many tests compile the same small programs; most of the suite's time would go there.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parent.parent / ".pytest_cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

import pytest  # noqa: E402 # the environment comes first


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("peers"):
        missing = [library for library in marker.args if find_spec(library) is None]
        if missing:
            pytest.skip(f"not installed: {', '.join(missing)}")
