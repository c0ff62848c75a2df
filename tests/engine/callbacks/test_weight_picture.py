"""Weights become pictures that any reader of PNG files can show."""

import struct
import zlib

import numpy as np
import pytest

from penstock.engine.callbacks.weight_picture import pictures, png


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [
        ((5,), [(1, 5)]),
        ((3, 7), [(3, 7)]),
        ((7, 3), [(3, 7)]),
        ((3, 3, 1, 8), [(3, 3)] * 3),
        ((2, 4, 2), [(2, 4)] * 2),
        ((), [(1, 1)]),
        ((3, 3, 2, 8), []),
        ((0, 4), []),
    ],
)
def test_what_is_shown_of_a_weight(shape, sizes):
    assert [picture.shape for picture in pictures(np.zeros(shape))] == sizes


def test_the_least_is_black_and_the_largest_white():
    (picture,) = pictures(np.array([[-1.0, 0.0, 3.0]]))
    assert picture.tolist() == [[0, 64, 255]]


def test_a_picture_is_a_png_file():
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    parts, rest = {}, png(pixels)[8:]
    while rest:
        (length,), kind = struct.unpack(">I", rest[:4]), rest[4:8]
        parts[kind] = rest[8 : 8 + length]
        assert struct.unpack(">I", rest[8 + length : 12 + length]) == (zlib.crc32(kind + parts[kind]),)
        rest = rest[12 + length :]
    assert struct.unpack(">IIBBBBB", parts[b"IHDR"]) == (4, 3, 8, 0, 0, 0, 0)
    lines = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(3, 5)
    assert lines[:, 0].tolist() == [0, 0, 0]
    assert np.array_equal(lines[:, 1:], pixels)
