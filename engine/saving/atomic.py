"""Files that are there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO


@contextmanager
def replacing(path: str) -> Iterator[BinaryIO]:
    """A new file to write, which takes the place of `path` when the block ends without an exception.

    Until then `path` stays as it is; after a crash, too. An OSError on the way names `path`.
    """
    target = os.path.realpath(path)
    if os.path.isdir(target):
        raise IsADirectoryError(f"{path} is a directory, so no file of that name can be written")
    # Beside the target, since a rename is atomic within one file system only.
    draft = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.part")
    try:
        with open(draft, "x+b") as file:
            yield file
            file.flush()
            # Otherwise some file systems rename before they write, and leave an empty file when the power goes.
            os.fsync(file.fileno())
        os.replace(draft, target)
    except OSError as error:
        raise OSError(error.errno, f"cannot be written ({error.strerror or error})", path) from None
    finally:
        with suppress(OSError):
            os.unlink(draft)


def append(path: str, data: bytes) -> None:
    """Add `data` at the end of a file, which is made if there is none; the file gains all of it or nothing.

    An OSError names `path`.
    """
    try:
        with open(path, "ab", buffering=0) as file:
            end = file.tell()
            try:
                while data:
                    data = data[file.write(data) :]
            except OSError:
                with suppress(OSError):
                    file.truncate(end)
                raise
    except OSError as error:
        raise OSError(error.errno, f"cannot be written ({error.strerror or error})", path) from None
