"""One client at a time in a run's folder.

Here: a lock that the system lets go of when its holder ends, however it ends. Not here: what the
folder holds (``run_folder``).
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

LOCK = "lock"
HELD = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK}


class FolderLock:
    """The lock of a folder, not yet held.

    Parameters
    ----------
    folder
        Where the file to lock is put; it is gone again when the lock is.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK
        self._stream: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Take the lock; False where another client holds it.

        A file system that knows no locks grants it: chunks are written whole and are the same
        whoever writes them.

        Raises
        ------
        OSError
            The file cannot be made.
        """
        while True:
            stream = self._path.open("ab")
            if not _lock(stream):
                stream.close()
                return False
            if self._is(stream):
                self._stream = stream
                return True
            stream.close()  # the one before took the file with it as it left

    def release(self) -> None:
        """Let go, and take the file away."""
        if self._stream is not None:
            with suppress(OSError):
                self._path.unlink()
            self._stream.close()
            self._stream = None

    def _is(self, stream: IO[bytes]) -> bool:
        try:
            return os.path.samestat(os.fstat(stream.fileno()), self._path.stat())
        except FileNotFoundError:
            return False


def _lock(stream: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in HELD
    return True
