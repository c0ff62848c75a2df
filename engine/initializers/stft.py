"""Kernels of a short-time Fourier transform."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .initializer import Initializer, float_type

_WINDOWS = {
    "hann": np.hanning,
    "hamming": np.hamming,
    "blackman": np.blackman,
    "bartlett": np.bartlett,
    "boxcar": np.ones,
}


class STFT(Initializer):
    """The real or imaginary side of a windowed Fourier basis, for kernels of shape (frame length, 1, frequencies).

    `window` is "hann", "hamming", "blackman", "bartlett" or "boxcar" (`periodic` or symmetric), an array as long as a
    frame, or None. `scaling` divides by the window's L2 norm ("density"), by its sum of magnitudes ("spectrum"), or not
    at all (None). There are as many frequencies as half an FFT has, the constant included.
    """

    def __init__(
        self, side: str = "real", window: Any = "hann", scaling: str | None = "density", periodic: bool = False
    ) -> None:
        if side not in ("real", "imag"):
            raise ValueError(f"side must be 'real' or 'imag', but is {side!r}")
        if isinstance(window, str) and window not in _WINDOWS:
            known = ", ".join(_WINDOWS)
            raise ValueError(f"window must be one of {known}, None or an array of its values, but is {window!r}")
        if scaling not in (None, "density", "spectrum"):
            raise ValueError(f"scaling must be 'density', 'spectrum' or None, but is {scaling!r}")
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> jax.Array:
        frame, _, frequencies = shape
        turns = np.arange(frame)[:, None, None] * np.arange(frequencies) / (2 * (frequencies - 1))
        basis = np.cos(-2 * np.pi * turns) if self.side == "real" else np.sin(-2 * np.pi * turns)
        return jnp.asarray(basis * self._weights(frame)[:, None, None], float_type(dtype))

    def _weights(self, frame: int) -> np.ndarray:
        """The scaled window."""
        if self.window is None:
            return np.ones(frame)
        window = self._values(frame)
        if window.shape != (frame,):
            raise ValueError(f"window must have the {frame} values of a frame, but has shape {window.shape}")
        sizes = {"density": np.sqrt(np.sum(window**2)), "spectrum": np.sum(np.abs(window)), None: 1.0}
        return window / sizes[self.scaling]

    def _values(self, frame: int) -> np.ndarray:
        if not isinstance(self.window, str):
            return np.asarray(self.window, "float64")
        made = _WINDOWS[self.window]
        return made(frame + 1)[:-1] if self.periodic else made(frame)

    def get_config(self) -> dict[str, Any]:
        return {"side": self.side, "window": self.window, "periodic": self.periodic, "scaling": self.scaling}
