"""A file of events that TensorBoard reads."""

import io
import itertools
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..saving import append
from .weight_picture import png

_numbers = itertools.count()


class EventFile:
    """Events under `folder`, in a file that the first of them makes; each is there whole once it was written.

    What TensorBoard shares with TensorFlow is left alone, so that TensorFlow is not imported where it is installed.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)
        self._path: str | None = None

    def scalars(self, figures: Mapping[str, float], step: int) -> None:
        from tensorboard.plugins.scalar.summary_v2 import scalar_pb

        self._write([scalar_pb(tag, value) for tag, value in figures.items()], step)

    def histograms(self, arrays: Mapping[str, np.ndarray], step: int) -> None:
        from tensorboard.plugins.histogram.summary_v2 import histogram_pb

        self._write([histogram_pb(tag, array) for tag, array in arrays.items()], step)

    def text(self, tag: str, markdown: str, step: int) -> None:
        from tensorboard.plugins.text.summary_v2 import text_pb

        self._write([text_pb(tag, markdown)], step)

    def pictures(self, tag: str, pixels: list[np.ndarray], step: int) -> None:
        """Grey pictures of one size, as rows of pixels."""
        from tensorboard.compat.proto import summary_pb2
        from tensorboard.plugins.image.metadata import create_summary_metadata
        from tensorboard.util.tensor_util import make_tensor_proto

        rows, columns = pixels[0].shape
        encoded = [str(columns).encode(), str(rows).encode(), *map(png, pixels)]
        messages: Any = summary_pb2  # as event_pb2 below
        summary = messages.Summary()
        metadata = create_summary_metadata(display_name=None, description=None)
        summary.value.add(tag=tag, metadata=metadata, tensor=make_tensor_proto(encoded, dtype=np.object_))
        self._write([summary], step)

    def _write(self, summaries: list[Any], step: int) -> None:
        from tensorboard.compat.proto import event_pb2

        messages: Any = event_pb2  # made at run time, so that no type checker knows them
        now = time.time()
        events = [messages.Event(wall_time=now, step=step, summary=summary) for summary in summaries]
        if self._path is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = f"events.out.tfevents.{int(now)}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}.v2"
            self._path = os.fspath(self._folder / name)
            events.insert(0, messages.Event(wall_time=now, file_version="brain.Event:2"))
        append(self._path, _records(events))


def _records(events: list[Any]) -> bytes:
    from tensorboard.summary.writer.record_writer import RecordWriter

    written = io.BytesIO()
    writer = RecordWriter(written)
    for event in events:
        writer.write(event.SerializeToString())
    return written.getvalue()
