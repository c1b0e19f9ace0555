"""RSS and Atom feeds: each entry an article, whatever the feed gets wrong."""

import orjson
import pytest

from streams.articles.enrich import read
from streams.sources.feeds import Entry, entries
from streams.sources.records import Bounds, Trouble, Unread

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Éco matin</title><language>fr-FR</language>
<item><title>Northwind s’allie à Contoso</title><link>https://eco.example/1</link>
<guid isPermaLink="false">guid-1</guid><pubDate>Wed, 08 May 2024 08:30:00 +0200</pubDate>
<description>&lt;p&gt;Un accord a été signé.&lt;/p&gt;</description></item>
<item><title>Sans lien</title><guid isPermaLink="false">guid-2</guid></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Wire</title>
<entry><id>tag:1</id><title>Contoso sues Fabrikam</title><updated>2024-05-08T06:30:00Z</updated>
<link href="https://wire.example/2"/><author><name>Jane Doe</name></author>
<summary>Short.</summary>
<content type="html">&lt;p&gt;The longer text.&lt;/p&gt;</content></entry></feed>"""


def read_all(text: str | bytes, content_type: str = "") -> list[Entry | Unread]:
    data = text.encode() if isinstance(text, str) else text
    return list(
        entries(data, source="https://eco.example/f", content_type=content_type, bounds=Bounds())
    )


def articles(text: str | bytes, content_type: str = "") -> list[Entry]:
    found = [entry for entry in read_all(text, content_type) if isinstance(entry, Entry)]
    for entry in found:
        read(entry.value)
    return found


def test_rss() -> None:
    first, second = articles(RSS)
    assert first.fields == {
        "url": "https://eco.example/1",
        "title": "Northwind s’allie à Contoso",
        "body": "<p>Un accord a été signé.</p>",
        "lang": "fr",
        "source": "Éco matin",
        "published_at": "2024-05-08T06:30:00Z",
    }
    assert first.key == "guid-1"
    assert second.fields["id"].startswith("feed-")


def test_atom() -> None:
    (entry,) = articles(ATOM)
    assert entry.fields["body"] == "<p>The longer text.</p>"
    assert entry.fields["authors"] == ["Jane Doe"]
    assert entry.fields["published_at"] == "2024-05-08T06:30:00Z"
    assert entry.fields["lang"] == "en"


@pytest.mark.parametrize("content_type", ["", "text/xml; charset=us-ascii", "text/html"])
def test_feed_that_lies_about_its_encoding(content_type: str) -> None:
    (first, *_) = articles(RSS.encode("cp1252"), content_type)
    assert first.fields["title"] == "Northwind s’allie à Contoso"
    assert first.fields["source"] == "Éco matin"


def test_feed_that_is_not_well_formed_gives_what_it_has() -> None:
    assert articles(RSS.replace("</channel></rss>", "").replace("Sans lien", "A & B <x"))


def test_digest_changes_with_the_text_and_the_key_stays() -> None:
    before, after = articles(RSS)[0], articles(RSS.replace("signé", "rompu"))[0]
    assert before.key == after.key
    assert before.digest != after.digest


def test_empty_entry_is_told_and_the_rest_goes_on() -> None:
    found = read_all(RSS.replace("<item>", "<item><guid>0</guid></item><item>", 1))
    assert isinstance(found[0], Unread)
    assert found[0].trouble is Trouble.NO_TEXT
    assert len(found) == 3


@pytest.mark.parametrize("text", ["", "hello", "<html><body>no feed</body></html>", "{}", "\0\0"])
def test_what_is_no_feed_is_told(text: str) -> None:
    with pytest.raises(Unread) as told:
        read_all(text)
    assert told.value.trouble is Trouble.BROKEN_FEED


def test_entities_do_not_expand_without_end() -> None:
    bomb = "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "boom" * 10}">' for n in range(12)
    )
    text = f'<?xml version="1.0"?><!DOCTYPE rss [{bomb}]>' + RSS.partition("?>")[2].replace(
        "Sans lien", "&a11;"
    )
    total = sum(len(entry.value) for entry in articles(text))
    assert total < 10_000


def test_external_entities_are_not_read() -> None:
    text = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + RSS.partition("?>")[2]
    for entry in articles(text.replace("Sans lien", "&x;")):
        assert b"root:" not in entry.value


def test_links_that_are_no_web_address_are_left_out() -> None:
    (first, *_) = articles(RSS.replace("https://eco.example/1", "javascript:alert(1)"))
    assert "url" not in first.fields
    assert orjson.loads(first.value)["id"].startswith("feed-")
