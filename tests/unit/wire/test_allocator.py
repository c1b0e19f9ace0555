"""Large blocks of memory go back to the system, whatever was freed before."""

import ctypes
import subprocess
import sys

import pytest

HEAP = """
import ctypes
import sys

from streams.wire import allocator

class Mallinfo(ctypes.Structure):
    # Number and bytes of blocks with a mapping of their own are the fourth and fifth.
    _fields_ = [(f"field{i}", ctypes.c_size_t) for i in range(10)]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Mallinfo

def mapped():
    return libc.mallinfo2().field4

if sys.argv[1] == "ours":
    assert allocator.map_large_blocks()
large = bytearray(16 << 20)
del large
before = mapped()
block = bytearray(4 << 20)
print(mapped() - before)
"""


def mapped_bytes(way: str) -> int:
    """Bytes of a block of 4 MB that have a mapping of their own after one of 16 MB was freed."""
    done = subprocess.run(
        [sys.executable, "-c", HEAP, way], capture_output=True, text=True, check=True, timeout=60
    )
    return int(done.stdout)


@pytest.fixture(autouse=True)
def _glibc() -> None:
    if not hasattr(ctypes.CDLL(None), "mallinfo2"):
        pytest.skip("not on glibc 2.33 or later")


def test_a_large_block_has_a_mapping_of_its_own() -> None:
    assert mapped_bytes("ours") >= 4 << 20


def test_without_it_the_heap_takes_large_blocks_once_one_was_freed() -> None:
    assert mapped_bytes("naive") < 4 << 20
