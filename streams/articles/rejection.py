"""Why a message is turned away: the closed set of reasons, each with what the producer can do.

A message that is turned away is bad itself: trying again cannot help. What may go well later (a broker
that is not there) is never a rejection.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple


class Reason(StrEnum):
    """Reason codes of `rejected` messages and of the metric `frenemy_rejected_total`."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    NOT_AN_OBJECT = "not_an_object"
    WRONG_TYPE = "wrong_type"
    FIELD_TOO_LONG = "field_too_long"
    BAD_ID = "bad_id"
    BAD_URL = "bad_url"
    BAD_DATE = "bad_date"
    NO_TEXT = "no_text"
    CONTROL_CHARACTERS = "control_characters"
    HTML_BOMB = "html_bomb"
    WITHDRAWAL_WITHOUT_ID = "withdrawal_without_id"
    RESULT_TOO_LARGE = "result_too_large"
    BAD_DETECTION = "bad_detection"
    BAD_COMPANY = "bad_company"
    BAD_FEEDBACK = "bad_feedback"
    INTERNAL_ERROR = "internal_error"


Again = Literal["never", "other settings", "an upgrade"]
"""What must change before the same bytes are taken: nothing helps, other settings, another version."""


class Advice(NamedTuple):
    """What a reason means, what to do about it, and what must change before the same bytes are taken."""

    meaning: str
    cure: str
    again: Again = "never"


ADVICE: dict[Reason, Advice] = {
    Reason.EMPTY: Advice(
        "The message has a key and no value.",
        'Send an article as JSON; to take one back send its id with "deleted": true.',
    ),
    Reason.TOO_LARGE: Advice(
        "The message has more bytes than FRENEMY_MAX_ARTICLE_BYTES.",
        "Send the text of the article alone, without pictures or page furniture, or raise "
        "FRENEMY_MAX_ARTICLE_BYTES.",
        "other settings",
    ),
    Reason.NOT_UTF8: Advice("Its bytes are no UTF-8.", "Encode the message as UTF-8."),
    Reason.NOT_JSON: Advice(
        "Its text is no JSON, or was cut off.", "Send one JSON object (RFC 8259) a message."
    ),
    Reason.TOO_DEEP: Advice(
        "Its JSON is nested deeper than any article needs.",
        "Send flat JSON: the fields of an article are strings.",
    ),
    Reason.NOT_AN_OBJECT: Advice(
        "It is JSON, and a list, a string or a number.",
        "Send a JSON object with a title or a body.",
    ),
    Reason.WRONG_TYPE: Advice(
        "A field has a type that it must not have.",
        "Send the fields with the types of schemas/article.schema.json.",
    ),
    Reason.FIELD_TOO_LONG: Advice(
        "A field is longer than an article of its kind ever is.",
        "Shorten the field to what schemas/article.schema.json allows.",
    ),
    Reason.BAD_ID: Advice(
        "The id cannot be printed, so nobody could name the article.",
        "Send an id of 1 to 512 printable characters, or none.",
    ),
    Reason.BAD_URL: Advice(
        "The URL holds what no URL holds.",
        "Send a URL without white space and unprintable characters, or none.",
    ),
    Reason.BAD_DATE: Advice(
        "The date of publication is none, or lies outside the years 1 to 9999.",
        "Send published_at as RFC 3339, such as 2024-05-08T06:30:00Z, or leave it out.",
    ),
    Reason.NO_TEXT: Advice(
        "Nothing is left to read once markup and white space are taken away.",
        "Send a title or a body that holds text.",
    ),
    Reason.CONTROL_CHARACTERS: Advice(
        "The text holds characters that steer machines and terminals.",
        "Remove control characters (NUL, escape codes) from title and body.",
    ),
    Reason.HTML_BOMB: Advice(
        "The HTML has more tags, or deeper ones, than any page of news.",
        "Send the text of the article, or HTML nested no deeper than a page needs.",
    ),
    Reason.WITHDRAWAL_WITHOUT_ID: Advice(
        "It takes an article back and does not say which.",
        "Send the id, or the URL, of the article to take back.",
    ),
    Reason.RESULT_TOO_LARGE: Advice(
        "What came of the message is larger than a topic takes.",
        "The enriched article is larger than its topic takes: send a shorter text, "
        "or raise max.message.bytes of the topic.",
        "other settings",
    ),
    Reason.BAD_DETECTION: Advice(
        "A message of the internal topic detections is none that a worker writes.",
        "Only a Frenemy worker writes to this topic: find out who else does.",
    ),
    Reason.BAD_COMPANY: Advice(
        "A change of the company registry does not fit its schema, or the registry.",
        "Send a company as in schemas/company.schema.json.",
    ),
    Reason.BAD_FEEDBACK: Advice(
        "A verdict on an event does not fit its schema.",
        "Send feedback as in schemas/feedback.schema.json.",
    ),
    Reason.INTERNAL_ERROR: Advice(
        "The program failed on it.",
        "A fault of the program: report it with the original bytes, replay after an upgrade.",
        "an upgrade",
    ),
}
KNOWN: dict[str, Reason] = {reason.value: reason for reason in Reason}
CURES: dict[Reason, str] = {reason: advice.cure for reason, advice in ADVICE.items()}


# Not frozen and without slots: Python writes tracebacks into an exception on its way.
@dataclass(eq=False)
class Rejection(Exception):
    """A message that cannot be processed: the reason, the step that said so, and a line for a person.

    `detail` is printable and holds no text of an article, so that it can stand in a log or on a terminal.
    """

    reason: Reason
    step: str
    detail: str

    @property
    def message(self) -> str:
        """What is wrong and what to do, in one line."""
        return f"{self.detail} {CURES[self.reason]}"
