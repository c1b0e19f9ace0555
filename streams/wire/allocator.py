"""How the C library hands out memory to a process that runs for weeks."""

import ctypes

LARGE_BYTES = 1 << 20
_MMAP_THRESHOLD = -3


def map_large_blocks() -> bool:
    """Give each block of a megabyte or more a mapping of its own, which goes back when the block is freed.

    glibc does so by itself only until the first of them is freed; from then on it takes blocks up to that size, 32 MB
    at most, from the heap. Dictionaries and tables that grow by doubling leave holes there, and small objects that
    come to lie in them keep the heap from ever shrinking.

    Returns:
        Whether the C library took it; False where it is not glibc.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, LARGE_BYTES))
