"""Pieces that mean something to one of the targets, for mutations to put in."""

WORDS: tuple[bytes, ...] = tuple(
    word.encode("utf-8")
    for word in (
        "Microsoft", "OpenAI", "Orange", "Vodafone", "Apple", "Mistral AI", "Total", "the company", "le groupe",
        "iPhone", "Tim Cook", "(NASDAQ: MSFT)", " Inc.", " SA", " & Co", "competes with", "sued", "rival",
        "concurrence", "partnership", "partenariat", "joint venture", "investit", "may", "reportedly", "denied",
        "$13 billion", "49 %", "1,000.50", ". ", ".\n", "\n\n", " — ", "’", "« ", "(", "\"",
        "<p>", "</p>", "<br>", "<script>", "<!--", "<table><tr><td>", "<svg>", "&amp;", "&#27;", "&#x9b;", "&lt;",
        "\u202e", "\u200b", "\u0301", "\ufeff", "\u2028", "\ufdfa", "\u00ad", "\U000e0041", "\u0430", "\u212a",
        "\x00", "\x1b[31m", "\x07", "\x9b", "\r", "\\ud800", "\\u0000", "\\u001b",
        '"id":', '"title":', '"body":', '"url":', '"lang":', '"source":', '"published_at":', '"authors":',
        '"deleted":true', '"pair":', '"verdict":"wrong"', '"aliases":[', '"parent":', '"name":', '"value":',
        '"headers":[[', '"rejected_at":', "null", "[[[[", "]]", "{}", "1e999", "-0", "9223372036854775808",
        "https://[::1", "http://a:99999/", "xn--", "%00", "../", "0001-01-01", "9999-12-31T23:59:60Z",
        "2024-05-08T06:30:00+99:99", "a~b", "~", "-", "=",
    )
)  # fmt: skip
