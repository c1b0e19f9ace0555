"""The groups of a pair's entries, copies of one text and stories, kept as entries come and go."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from streams.articles.identity import digest
from streams.relations.state import Entry, EventRecord
from streams.relations.stories import (
    STORY_SCORE,
    groups,
    links,
    same_kind,
    same_story,
    side,
)

Entries = dict[str, Entry]


def insert(pair: str, entries: Mapping[str, Entry], article_id: str, entry: Entry) -> Entries:
    """The entries with a new one in its groups; groups that it links become one."""
    ids = list(entries)
    copies, scores = links(entry, list(entries.values()))
    copied = [ids[place] for place in copies.nonzero()[0]]
    telling = (scores >= STORY_SCORE).nonzero()[0].tolist()
    after = dict(entries)
    first = min(copied, key=lambda id: (after[id].time, id), default=None)
    if first is None:
        text = _unused(digest("text", article_id)[:12], {e.text for e in entries.values()})
    else:
        text = after[first].text
        others = {after[id].text for id in copied} - {text}
        if others:
            after = {
                id: replace(e, text=text) if e.text in others else e for id, e in after.items()
            }
    labelled: list[EventRecord] = []
    for event in entry.events:
        linked = [
            (after[id].time, id, other.story)
            for place in telling
            for id in (ids[place],)
            for other in after[id].events
            if same_story(float(scores[place]), event, other)
        ]
        own = [(entry.time, article_id, e.story) for e in labelled if same_kind(event, e)]
        story = min(linked or own, default=(0, "", ""))[2]
        story = story or _new_story(pair, article_id, event, after)
        merged = {s for _, _, s in (*linked, *own)} - {story}
        if merged:
            after = {id: _renamed(e, merged, story) for id, e in after.items()}
            labelled = [replace(e, story=story) if e.story in merged else e for e in labelled]
        labelled.append(replace(event, story=story))
    after[article_id] = replace(entry, text=text, events=tuple(labelled))
    return after


def remove(pair: str, entries: Mapping[str, Entry], article_id: str) -> Entries:
    """The entries without one; groups that it alone held together fall apart."""
    gone = entries[article_id]
    after = {id: entry for id, entry in entries.items() if id != article_id}
    members = sorted(
        (id for id, entry in after.items() if entry.text == gone.text),
        key=lambda id: (after[id].time, id),
    )
    for group in groups(members, lambda i: _copies(after, members, i))[1:]:
        label = _unused(digest("text", group[0])[:12], {e.text for e in after.values()})
        for id in group:
            after[id] = replace(after[id], text=label)
    for story in sorted({event.story for event in gone.events}):
        told = sorted(
            (id for id, entry in after.items() if any(e.story == story for e in entry.events)),
            key=lambda id: (after[id].time, id),
        )
        for group in groups(told, lambda i: _same(after, told, i, story))[1:]:  # noqa: B023 - called at once
            event = next(e for e in after[group[0]].events if e.story == story)
            label = _new_story(pair, group[0], event, after)
            for id in group:
                after[id] = _renamed(after[id], {story}, label)
    return after


def tellers(entries: Mapping[str, Entry], story: str) -> Iterator[tuple[str, Entry, EventRecord]]:
    """Article id, entry and event of each report of a story."""
    for id, entry in entries.items():
        for event in entry.events:
            if event.story == story:
                yield id, entry, event


def _copies(entries: Mapping[str, Entry], ids: list[str], position: int) -> Iterable[int]:
    """Positions of the ids whose entries are copies of the one at a position."""
    copies, _ = links(entries[ids[position]], [entries[id] for id in ids])
    return copies.nonzero()[0].tolist()


def _same(entries: Mapping[str, Entry], ids: list[str], position: int, story: str) -> Iterable[int]:
    """Positions of the ids whose entries tell the same as the one at a position, of a story."""
    rows = [[e for e in entries[id].events if e.story == story] for id in ids]
    _, scores = links(entries[ids[position]], [entries[id] for id in ids])
    return (
        i
        for i, score in enumerate(scores.tolist())
        if any(same_story(score, a, b) for a in rows[position] for b in rows[i])
    )


def _renamed(entry: Entry, stories: set[str], story: str) -> Entry:
    if not any(event.story in stories for event in entry.events):
        return entry
    return replace(
        entry,
        events=tuple(replace(e, story=story) if e.story in stories else e for e in entry.events),
    )


def _new_story(pair: str, article_id: str, event: EventRecord, entries: Mapping[str, Entry]) -> str:
    used = {event.story for entry in entries.values() for event in entry.events}
    return _unused(digest("story", pair, event.type, side(event), article_id), used)


def _unused(name: str, used: set[str]) -> str:
    while name in used:
        name = digest("again", name)[: len(name)]
    return name
