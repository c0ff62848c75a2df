"""The life of a worker process that was started anew: take a task, make its batch, send it, until the consumer ends.

One thread hears what the consumer sends, the main one works. So a worker whose consumer is gone ends at once, whatever
the user's code is at, unless that holds the interpreter. The channel carries one request at a time, and its reply.
"""

import gc
import os
import pickle
import socket
import struct
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import NoReturn

import numpy as np

from .. import dataset, making  # noqa: F401 # nearly every program needs them
from ..batch import Batch
from ..building import SITE, Site
from ..homeward import dumps
from ..task import Task, note, perform
from . import failures
from .arrival import opened
from .executor import Work
from .frames import Part, receive, send
from .launch import flush, ignore_interrupts

# The first part of a message is its kind, but for the empty one that tells that a program is forgotten or a task begun.
FORGET, PROGRAM, TASK = b"o", b"p", b"t"
MADE, FAILED = b"m", b"f"
DONE: tuple[Part, ...] = ()
FIGURES = struct.Struct("<Qqq")  # seed, epoch and step of a task

# Batches are not built in place: no array fits. That there is a site tells that this is a worker process.
_SITE = Site(np.empty(0, np.uint8))


def serve(channel: socket.socket) -> NoReturn:
    """Answer requests until the consumer ends; the whole life of the process."""
    ignore_interrupts()
    _keep(channel)
    gc.enable()
    try:
        requests: SimpleQueue[list[memoryview]] = SimpleQueue()
        Thread(target=_hear, args=(channel, requests)).start()
        SITE.set(_SITE)
        with suppress(OSError):  # the consumer is gone
            _work(channel, requests)
    except BaseException:  # noqa: BLE001 # told before the process ends
        traceback.print_exc()
    finally:
        flush()
        os._exit(1)


def _keep(channel: socket.socket) -> None:
    """Have no copy of it in what the user's code may start: whoever waits at the other end would miss its end."""
    channel.set_inheritable(False)  # noqa: FBT003 # it takes no keywords
    if sys.platform != "win32":
        os.register_at_fork(after_in_child=channel.close)


def _hear(channel: socket.socket, requests: "SimpleQueue[list[memoryview]]") -> NoReturn:
    try:
        while True:
            requests.put(receive(channel))
    except (EOFError, OSError):
        os._exit(0)
    except BaseException:  # noqa: BLE001 # told before the process ends
        traceback.print_exc()
        os._exit(1)


def _work(channel: socket.socket, requests: "SimpleQueue[list[memoryview]]") -> NoReturn:
    work: Work | None = None
    while True:
        kind, content = requests.get()
        if bytes(kind) == FORGET:
            work = None
            gc.collect()  # classes are cycles, and may hold on to data
            send(channel, DONE)
            continue
        if bytes(kind) == PROGRAM:
            work = opened(content)
            continue
        assert work is not None
        send(channel, DONE)
        reply = _reply(work, Task(*FIGURES.unpack(content)))
        flush()
        send(channel, reply)
        del reply


def _reply(work: Work, task: Task) -> Sequence[Part]:
    try:
        batch = perform(work, task)
        return _sent(None if batch is None else batch.map(_own))
    except BaseException as error:  # noqa: BLE001 # raised again in the consumer
        note(error, task)
        return [FAILED, failures.packed(error)]


def _sent(batch: Batch | None) -> Sequence[Part]:
    buffers: list[pickle.PickleBuffer] = []
    head = dumps(batch, buffers)
    return [MADE, head, *(buffer.raw() for buffer in buffers)]


def _own(array: np.ndarray) -> np.ndarray:
    """An array that travels beside the pickle, and can be written when it has arrived."""
    return np.require(array, requirements=("C", "W")).view()
