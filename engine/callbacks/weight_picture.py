"""Weights as grey pictures, from black for the least to white for the largest."""

import struct
import zlib

import numpy as np

MOST = 3  # pictures of one weight


def pictures(weight: np.ndarray) -> list[np.ndarray]:
    """The first few pictures of a weight, as rows of pixels; none where it has more than three axes to show.

    A vector is a row; a matrix lies on its longer side; what has three axes is a picture for each place on the last.
    """
    shown = np.squeeze(np.asarray(weight, np.float32))
    if shown.ndim == 3:
        shown = np.moveaxis(shown, -1, 0)
    elif shown.ndim < 3:
        shown = np.atleast_2d(shown)
        shown = (shown if shown.shape[0] <= shown.shape[1] else shown.T)[None]
    return [] if shown.ndim > 3 or not shown.size else list(_grey(shown)[:MOST])


def _grey(values: np.ndarray) -> np.ndarray:
    least, largest = values.min(), values.max()
    span = largest - least
    return np.round((values - least) / (span if span > 0 else 1) * 255).astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    """One picture as a PNG file (W3C, Portable Network Graphics, 3rd edition: 8 bits of grey, no filters)."""
    rows, columns = pixels.shape
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
