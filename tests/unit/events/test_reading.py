from streams.articles.events.candidates import pairs, passages, read
from streams.articles.events.lexicon import lexicon, match_phrase
from streams.articles.events.reading import ENTITY

from .texts import article


def labels(lang: str, text: str, *names: str) -> list[str]:
    reading = read(*article(lang, text, *names))
    return reading.sentence(0).labels


def members(lang: str, text: str, *names: str) -> list[list[str]]:
    document, companies = article(lang, text, *names)
    sentence = read(document, companies).sentence(0)
    return [[companies[sentence.entities[i][0]].name for i in node] for node in sentence.members]


def test_both_languages_share_the_classes() -> None:
    assert labels("en", "Aro competes with Bel.", "Aro", "Bel") == [
        ENTITY,
        "COMPETE.v",
        "WITH",
        ENTITY,
        "STOP",
    ]
    assert labels("fr", "Aro rivalise avec Bel.", "Aro", "Bel") == [
        ENTITY,
        "COMPETE.v",
        "WITH",
        ENTITY,
        "STOP",
    ]


def test_a_phrase_is_one_item() -> None:
    assert labels("en", "a joint venture of Aro", "Aro") == ["VENTURE.n", "OF", ENTITY]
    assert labels("fr", "une co-entreprise d’Aro", "Aro") == ["VENTURE.n", "OF", ENTITY]


def test_a_phrase_may_have_a_gap() -> None:
    words = [lexicon("en").word(form) for form in "took the maker to court".split()]
    assert match_phrase(words, 0) == ("SUE.v", 1)


def test_words_outside_the_lexicon_are_folded() -> None:
    assert labels("en", "green purple yellow", "Aro") == ["WORD"]


def test_a_list_is_one_node() -> None:
    assert members("en", "Aro, Bel and Cid met.", "Aro", "Bel", "Cid") == [["Aro", "Bel", "Cid"]]
    assert members("fr", "Aro ainsi que Bel", "Aro", "Bel") == [["Aro", "Bel"]]
    assert members("fr", "le suédois Aro et l’américain Bel", "Aro", "Bel") == [["Aro", "Bel"]]


def test_a_comma_alone_joins_nothing() -> None:
    assert members("en", "In a pact with Aro, Bel will build.", "Aro", "Bel") == [["Aro"], ["Bel"]]


def test_respectively_pairs_by_order() -> None:
    names = ("Aro", "Bel", "Cid", "Dor")
    reading = read(*article("en", "Aro and Bel supply Cid and Dor respectively.", *names))
    related = {
        (names[a], names[b])
        for a, b in pairs(reading)
        for p in passages(reading, a, b)
        if p.kind == "same"
    }
    assert related == {("Aro", "Bel"), ("Cid", "Dor"), ("Aro", "Cid"), ("Bel", "Dor")}


def test_a_reference_reaches_back_to_the_sentence_before() -> None:
    reading = read(*article("en", "Aro makes pumps. Its rival is Bel.", "Aro", "Bel"))
    ((a, b),) = pairs(reading)
    (passage,) = passages(reading, a, b)
    assert (passage.kind, passage.antecedent, passage.distance) == ("across", 0, 1)


def test_a_sentence_that_tells_nothing_is_not_judged_across() -> None:
    reading = read(*article("en", "Aro makes pumps. It rained on Bel.", "Aro", "Bel"))
    assert passages(reading, 0, 1) == []
