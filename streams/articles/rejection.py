"""Why a message is turned away: the closed set of reasons, each with what the producer can do.

A message that is turned away is bad itself: trying again cannot help. What may go well later (a broker
that is not there) is never a rejection.
"""

from dataclasses import dataclass
from enum import StrEnum


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


CURES: dict[Reason, str] = {
    Reason.EMPTY: 'Send an article as JSON; to take one back send its id with "deleted": true.',
    Reason.TOO_LARGE: "Send the text of the article alone, without pictures or page furniture, or raise "
    "FRENEMY_MAX_ARTICLE_BYTES.",
    Reason.NOT_UTF8: "Encode the message as UTF-8.",
    Reason.NOT_JSON: "Send one JSON object (RFC 8259) a message.",
    Reason.TOO_DEEP: "Send flat JSON: the fields of an article are strings.",
    Reason.NOT_AN_OBJECT: "Send a JSON object with a title or a body.",
    Reason.WRONG_TYPE: "Send the fields with the types of schemas/article.schema.json.",
    Reason.FIELD_TOO_LONG: "Shorten the field to what schemas/article.schema.json allows.",
    Reason.BAD_ID: "Send an id of 1 to 512 printable characters, or none.",
    Reason.BAD_URL: "Send a URL without white space and unprintable characters, or none.",
    Reason.BAD_DATE: "Send published_at as RFC 3339, such as 2024-05-08T06:30:00Z, or leave it out.",
    Reason.NO_TEXT: "Send a title or a body that holds text.",
    Reason.CONTROL_CHARACTERS: "Remove control characters (NUL, escape codes) from title and body.",
    Reason.HTML_BOMB: "Send the text of the article, or HTML nested no deeper than a page needs.",
    Reason.WITHDRAWAL_WITHOUT_ID: "Send the id, or the URL, of the article to take back.",
    Reason.RESULT_TOO_LARGE: "The enriched article is larger than its topic takes: send a shorter text, "
    "or raise max.message.bytes of the topic.",
    Reason.BAD_DETECTION: "Only a Frenemy worker writes to this topic: find out who else does.",
    Reason.BAD_COMPANY: "Send a company as in schemas/company.schema.json.",
    Reason.BAD_FEEDBACK: "Send feedback as in schemas/feedback.schema.json.",
    Reason.INTERNAL_ERROR: "A fault of the program: report it with the original bytes, replay after an "
    "upgrade.",
}


@dataclass(frozen=True, slots=True)
class Rejection(Exception):
    """A message that cannot be processed: the reason, the step that said so, and a line for a person.

    `detail` holds no text of the message, so that it can stand in a log or on a terminal.
    """

    reason: Reason
    step: str
    detail: str

    @property
    def message(self) -> str:
        """What is wrong and what to do, in one line."""
        return f"{self.detail} {CURES[self.reason]}"
