"""The schemas hold together with the code, and every example keeps its promise."""

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from streams import contract, messages
from streams.articles.companies.registry import BadUpdate, CompanyUpdate, check_update
from streams.articles.enrich import read
from streams.articles.rejection import CURES, Reason, Rejection

EXAMPLES = contract.folder() / "examples"
KINDS: dict[str, type[msgspec.Struct]] = {
    "enriched": messages.Enriched,
    "rejected": messages.Rejected,
    "detection": messages.Detection,
    "event": messages.Event,
    "relation": messages.Relation,
    "shift": messages.Shift,
    "company": CompanyUpdate,
    "feedback": messages.Feedback,
}
# Keywords that schemas may use: a misspelt one would be passed over in silence by every validator.
KEYWORDS = frozenset(
    """
    $schema $id $defs $ref title description type properties required additionalProperties
    items prefixItems enum pattern minimum maximum minLength maxLength minItems maxItems anyOf
    contentEncoding
    """.split()
)
# No input is known that causes these; tests of the pipeline force them.
WITHOUT_EXAMPLE = {Reason.RESULT_TOO_LARGE, Reason.INTERNAL_ERROR}


def schema(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((contract.folder() / f"{name}.schema.json").read_text())
    return data


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name))


def example(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def plain(message: msgspec.Struct) -> Any:
    """The message as it stands in JSON."""
    return json.loads(msgspec.json.encode(message))


def accept(name: str, value: bytes) -> msgspec.Struct:
    """The message as the code takes it."""
    message = msgspec.json.decode(value, type=KINDS[name])
    if isinstance(message, CompanyUpdate):
        check_update(message)
    return message


def examples(pattern: str) -> list[Path]:
    return sorted(EXAMPLES.glob(pattern))


def faults_of(node: Any, place: str = "") -> list[str]:
    """Unknown keywords, open objects and fields without description below a schema."""
    if not isinstance(node, dict):
        return []
    faults = [f"{place}: unknown keyword {key}" for key in node.keys() - KEYWORDS]
    if "properties" in node and node.get("additionalProperties") is not False:
        faults.append(f"{place}: open object")
    for group in ("properties", "$defs"):
        for name, child in node.get(group, {}).items():
            if "$ref" not in child and not child.get("description"):
                faults.append(f"{place}/{name}: no description")
            faults += faults_of(child, f"{place}/{name}")
    faults += faults_of(node.get("items"), f"{place}/items")
    return faults


@pytest.mark.parametrize("name", ["article", *KINDS])
def test_schema_is_valid_closed_and_described(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert faults_of(schema(name)) == []


def test_the_keyword_guard_says_no() -> None:
    assert faults_of({"type": "object", "properties": {}, "requird": ["a"]}) == [
        ": unknown keyword requird",
        ": open object",
    ]
    assert faults_of({"properties": {"a": {"type": "string"}}, "additionalProperties": False}) == [
        "/a: no description"
    ]


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_schema_and_class_have_the_same_fields(name: str, kind: type[msgspec.Struct]) -> None:
    declared = schema(name)
    fields = msgspec.structs.fields(kind)
    # What is only told on the event topics is optional in the class that serves both.
    always = {"event": {"novelty", "retracted"}}.get(name, set())
    assert set(declared["properties"]) == {
        field.name for field in fields if not (name == "detection" and field.name == "feedback")
    }
    assert set(declared["required"]) - always == {field.name for field in fields if field.required}


@pytest.mark.parametrize(
    "path", examples("good/*/*.json"), ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_good_example_passes_schema_and_code(path: Path) -> None:
    name = path.parent.name
    if path.name.endswith(".result.json"):
        assert path.with_name(path.name.replace(".result", "")).exists()
        return
    data = json.loads(example(path))
    validator(name).validate(data)
    if name == "article":
        stored = json.loads(path.with_suffix(".result.json").read_text())
        assert plain(read(example(path))) == stored
        return
    assert plain(accept(name, example(path))) == data


@pytest.mark.parametrize("path", examples("bad/article/*"), ids=lambda p: p.name.split(".")[0])
def test_bad_article_is_rejected_for_its_reason(path: Path) -> None:
    with pytest.raises(Rejection) as caught:
        read(example(path))
    assert caught.value.reason == path.name.split(".")[0]
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("name", ["detection", "company", "feedback"])
def test_bad_message_fails_schema_and_code(name: str) -> None:
    (path,) = examples(f"bad/{name}/*.json")
    assert not validator(name).is_valid(json.loads(example(path)))
    with pytest.raises((msgspec.ValidationError, BadUpdate)):
        accept(name, example(path))


def test_every_reason_has_an_example_and_a_cure() -> None:
    shown = {path.name.split(".")[0] for path in examples("bad/*/*")}
    assert shown | WITHOUT_EXAMPLE == {reason.value for reason in Reason}
    assert set(CURES) == set(Reason)
    assert set(schema("rejected")["properties"]["reason"]["enum"]) == set(Reason)


def test_every_schema_has_a_good_example() -> None:
    assert {path.parent.name for path in examples("good/*/*")} == {"article", *KINDS}


@pytest.mark.parametrize("name", ["article", *KINDS])
def test_schema_says_no_to_an_unknown_field(name: str) -> None:
    for path in examples(f"good/{name}/*.json"):
        if not path.name.endswith(".result.json"):
            data = json.loads(example(path))
            assert not validator(name).is_valid({**data, "surprise": 1})
