"""What sources give: articles, things that cannot be read, and ends of files."""

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """Why something cannot be read: the closed set of codes in the list of a run."""

    NOT_FOUND = "not_found"
    NO_PERMISSION = "no_permission"
    UNKNOWN_KIND = "unknown_kind"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    BROKEN_COMPRESSION = "broken_compression"
    BROKEN_ARCHIVE = "broken_archive"
    BROKEN_FEED = "broken_feed"
    BROKEN_PAGE = "broken_page"
    NO_TEXT = "no_text"
    UNREACHABLE = "unreachable"
    HTTP_STATUS = "http_status"
    GONE = "gone"
    BAD_REDIRECT = "bad_redirect"
    ROBOTS = "robots"
    PRIVATE_ADDRESS = "private_address"


class Unread(Exception):
    """This one thing cannot be read. The message is one line for a person."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.message = message


@dataclass(frozen=True, slots=True)
class Item:
    """An article as JSON bytes.

    `source` is the file or address it came from, `where` the place in it for a person, and
    `position` where to go on in the source once this item is delivered. `mark` is set for entries
    of feeds: key and digest under which a later run knows the entry again.
    """

    source: str
    where: str
    position: int
    value: bytes
    mark: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be read, and why. The source goes on behind it at `position`."""

    source: str
    where: str
    position: int
    trouble: Trouble
    message: str


@dataclass(frozen=True, slots=True)
class End:
    """The end of a source. `validators` are `ETag` and `Last-Modified` of an address."""

    source: str
    validators: tuple[str, str] | None = None


Record = Item | Unreadable | End


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one thing may cost. Sizes in bytes after decompression, times in seconds."""

    line_bytes: int = 8_388_608
    page_bytes: int = 4_194_304
    feed_bytes: int = 16_777_216
    archive_bytes: int = 4_294_967_296
    parse_seconds: float = 10.0
    fetch_seconds: float = 60.0
    archive_seconds: float = 3_600.0


DEFAULT_BOUNDS = Bounds()
