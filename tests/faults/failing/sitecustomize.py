"""On this path, every Python process can be told that its disk fails: SIGUSR1 makes each fsync of it end with EIO.

The kernel does it (seccomp, Linux), below SQLite and everything else, for all threads and for good: only another
process gets well again, as one does that is started on a disk that was replaced.
"""

import ctypes
import errno
import os
import platform
import signal
import struct

#: The numbers of seccomp, fsync and fdatasync.
CALLS = {"x86_64": (317, 74, 75), "aarch64": (277, 82, 83)}
#: What writes, too: pwrite64 and write are left alone, or the process could not even say that it fails.
WRITES = {"x86_64": (18,), "aarch64": (68,)}
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NO_NEW_PRIVILEGES, _FILTER, _ALL_THREADS = 38, 1, 1


def possible():
    """Whether this machine can be told so."""
    return platform.system() == "Linux" and platform.machine() in CALLS


def fail(*, writes=False):
    """Let every fsync of this process end with EIO from now on; with ``writes``, every write to a place in a file."""
    seccomp, *calls = CALLS[platform.machine()]
    if writes:
        calls += WRITES[platform.machine()]
    lines = [(_LOAD, 0, 0, 0)]
    lines += [(_EQUAL, len(calls) - at, 0, call) for at, call in enumerate(calls)]
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | errno.EIO)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(lines), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.syscall(seccomp, _FILTER, _ALL_THREADS, program):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter")


if os.environ.get("TOUCHLINE_FAILING") and possible():
    signal.signal(signal.SIGUSR1, lambda *_: fail(writes=os.environ["TOUCHLINE_FAILING"] == "writes"))
