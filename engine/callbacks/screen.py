"""What an output stream can show: lines redrawn in place, colours, characters beyond ASCII."""

import os
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

NOTEBOOK_COLUMNS = 160


@dataclass(frozen=True)
class Screen:
    """A stream and what it can show; it may know no more than `write`, as stand-ins for standard output often do."""

    stream: TextIO
    live: bool
    notebook: bool
    colors: bool
    beyond_ascii: bool

    @classmethod
    def of(cls, stream: TextIO) -> "Screen":
        """A terminal or a notebook is live; a file, a pipe and a dumb terminal are not."""
        notebook = type(stream).__module__.startswith("ipykernel")
        live = notebook or (_is_terminal(stream) and os.environ.get("TERM") != "dumb")
        return cls(
            stream,
            live=live,
            notebook=notebook,
            colors=live and "NO_COLOR" not in os.environ,
            beyond_ascii=_encodes(stream, "━╸…"),
        )

    @property
    def columns(self) -> int:
        """How many characters fit on a line: one less than there are, since some terminals wrap at the last."""
        return NOTEBOOK_COLUMNS if self.notebook else shutil.get_terminal_size().columns - 1

    def write(self, text: str) -> None:
        self.stream.write(text)
        with suppress(AttributeError):
            self.stream.flush()

    def say(self, line: str) -> None:
        """Write a line of its own, over a bar that may stand half drawn."""
        # Blanks, not an erasing code, here and in the bar: notebooks know no such codes.
        self.write(f"\r{' ' * self.columns}\r{line}\n" if self.live else f"{line}\n")


def say(line: str) -> None:
    """Write a line to standard output, beside the progress bar."""
    Screen.of(sys.stdout).say(line)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except AttributeError:
        return False


def _encodes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "utf-8")
    except AttributeError:
        return True
    except UnicodeEncodeError:
        return False
    return True
