"""Messages of several parts, each of any size, over a stream socket."""

import socket
import struct
from collections.abc import Sequence

import numpy as np

from ..building import empty

_SIZE = struct.Struct("<q")
_LARGEST = 2**30  # bytes at once; macOS refuses 2**31
_SMALL = 2**14  # bytes that are cheaper to copy than to send by themselves

Part = bytes | memoryview


def send(channel: socket.socket, parts: Sequence[Part]) -> None:
    """Send a message; raises OSError where the other end is gone."""
    sizes = [memoryview(part).nbytes for part in parts]
    waiting = b"".join(_SIZE.pack(number) for number in (len(parts), *sizes))
    for part, size in zip(parts, sizes, strict=True):
        if len(waiting) + size <= _SMALL:
            waiting += part
            continue
        channel.sendall(waiting)
        waiting = b""
        for start in range(0, size, _LARGEST):
            channel.sendall(memoryview(part)[start : start + _LARGEST])
    if waiting:
        channel.sendall(waiting)


def receive(channel: socket.socket) -> list[memoryview]:
    """The bytes of each part of the next message; raises EOFError or OSError where the other end is gone."""
    count = _number(channel)
    sizes = [_number(channel) for _ in range(count)]
    return [_filled(channel, size) for size in sizes]


def _number(channel: socket.socket) -> int:
    return _SIZE.unpack(_filled(channel, _SIZE.size))[0]


def _filled(channel: socket.socket, size: int) -> memoryview:
    rest = part = empty(size, np.uint8).data
    while rest:
        count = channel.recv_into(rest[:_LARGEST])
        if not count:
            raise EOFError("the other end of the channel is gone")
        rest = rest[count:]
    return part
