"""*Market*, for analysts: who moves against whom, who with whom, what is new."""

from deploy.grafana.charts import BLUE, STANCE_COLOURS, Chart, Query, Row

_R = "[$__rate_interval]"
_COMPETITION, _PARTNERSHIP = "#F2495C", "#73BF69"
_TYPES = (("competition", _COMPETITION), ("partnership", _PARTNERSHIP))
_EVENTS = 'frenemy_events_total{retracted="false"}'
_COMPANY, _PAIR = '{company=~"$company"', '{pair=~"$pair"'


def _count(title: str, expr: str, what: str, cure: str, colour: str = BLUE) -> Chart:
    return Chart(
        title,
        "stat",
        (Query(f"round(sum(increase({expr}[$__range])))"),),
        "short",
        what,
        cure,
        4,
        4,
        base=colour,
        decimals=0,
    )


def _per_type(metric: str, by: str) -> tuple[Query, ...]:
    return tuple(
        Query(f'sum by ({by}) (round(increase({metric},type="{type_}"}}[$__range])))', type_)
        for type_, _ in _TYPES
    )


ROWS = (
    Row(
        "In this range",
        (
            _count(
                "Articles", "frenemy_enriched_total", "Articles read.", "frenemy_enriched_total"
            ),
            _count(
                "Competition events",
                'frenemy_events_total{type="competition",retracted="false"}',
                "Reports that two companies compete.",
                "frenemy_events_total",
                _COMPETITION,
            ),
            _count(
                "Partnership events",
                'frenemy_events_total{type="partnership",retracted="false"}',
                "Reports that two companies work together.",
                "frenemy_events_total",
                _PARTNERSHIP,
            ),
            _count(
                "First reports",
                "frenemy_first_reports_total",
                "Events that no earlier article told: the news in the news.",
                "frenemy_first_reports_total",
            ),
            _count(
                "Shifts of stance",
                "frenemy_shifts_total",
                "Pairs that became rivals, allies, both or neither.",
                "frenemy_shifts_total",
                STANCE_COLOURS["frenemies"],
            ),
            _count(
                "Taken back",
                'frenemy_events_total{retracted="true"}',
                "Events that a correction or withdrawal of their article took back.",
                "frenemy_events_total",
            ),
        ),
    ),
    Row(
        "The pairs of the watch-list",
        (
            Chart(
                "Stance",
                "states",
                (Query('max by (pair) (frenemy_watched_pair_stance{pair=~"$pair"})', "{{pair}}"),),
                "none",
                "Where each pair stands over time. Grey none, green allies, red rivals, purple both at once.",
                "frenemy_watched_pair_stance",
                12,
                9,
                least=None,
            ),
            Chart(
                "Strength of competition",
                "lines",
                (
                    Query(
                        'max by (pair) (frenemy_watched_pair_strength_ratio{type="competition",pair=~"$pair"})',
                        "{{pair}}",
                    ),
                ),
                "percentunit",
                "How strongly a pair competes, from its events and their age. Rivals from 35 % on.",
                "frenemy_watched_pair_strength_ratio",
                6,
                9,
                thresholds=((0.35, _COMPETITION),),
                most=1.0,
            ),
            Chart(
                "Strength of partnership",
                "lines",
                (
                    Query(
                        'max by (pair) (frenemy_watched_pair_strength_ratio{type="partnership",pair=~"$pair"})',
                        "{{pair}}",
                    ),
                ),
                "percentunit",
                "How strongly a pair works together. Allies from 35 % on.",
                "frenemy_watched_pair_strength_ratio",
                6,
                9,
                thresholds=((0.35, _PARTNERSHIP),),
                most=1.0,
            ),
        ),
    ),
    Row(
        "New rivals, new allies",
        (
            Chart(
                "Shifts",
                "bars",
                (
                    Query(
                        "sum by (to_stance) (increase(frenemy_shifts_total[$__interval]))",
                        "{{to_stance}}",
                    ),
                ),
                "short",
                "Pairs that changed their stance, by what they became. Who they are: topic relations.shifts.",
                "frenemy_shifts_total",
                colours=tuple(STANCE_COLOURS.items()),
            ),
            Chart(
                "From what to what",
                "table",
                (
                    Query(
                        "sum by (from_stance, to_stance) (round(increase(frenemy_shifts_total[$__range]))) > 0",
                        "pairs",
                    ),
                ),
                "short",
                "Shifts in the time shown, by stance before and after.",
                "frenemy_shifts_total",
            ),
            Chart(
                "All known pairs",
                "stack",
                (Query("sum by (stance) (frenemy_relations)", "{{stance}}"),),
                "short",
                "Pairs by the stance they have now.",
                "frenemy_relations",
                colours=tuple(STANCE_COLOURS.items()),
            ),
            Chart(
                "First reports and repeats",
                "bars",
                (
                    Query(
                        "sum by (type) (increase(frenemy_first_reports_total[$__interval]))",
                        "first, {{type}}",
                    ),
                    Query(
                        f"sum(increase({_EVENTS}[$__interval]))"
                        " - sum(increase(frenemy_first_reports_total[$__interval]))",
                        "repeats",
                    ),
                ),
                "short",
                "Events by whether an earlier article told the same story.",
                "frenemy_first_reports_total",
                colours=(
                    ("first, competition", _COMPETITION),
                    ("first, partnership", _PARTNERSHIP),
                    ("repeats", "#5c5c66"),
                ),
            ),
            Chart(
                "Share of first reports",
                "lines",
                (Query("frenemy:first_reports:ratio1h", "{{type}}"),),
                "percentunit",
                "How much of the last hour's news is new. Falls when one story fills the papers.",
                "frenemy_first_reports_total",
                most=1.0,
                colours=_TYPES,
            ),
            Chart(
                "Age of news",
                "lines",
                tuple(
                    Query(
                        f"histogram_quantile({q}, sum by (le) (rate(frenemy_publication_age_seconds_bucket{_R})))",
                        f"{round(q * 100)} %",
                    )
                    for q in (0.5, 0.9)
                ),
                "s",
                "Age of articles by their date of publication when they are read.",
                "frenemy_publication_age_seconds",
            ),
        ),
    ),
    Row(
        "Who is in the news",
        (
            Chart(
                "Most active companies",
                "ranking",
                (
                    Query(
                        "topk(10, sum by (company) (round(increase("
                        f"frenemy_watched_company_events_total{_COMPANY}}}[$__range]))))",
                        "{{company}}",
                    ),
                ),
                "short",
                "Companies of the watch-list by events in the time shown.",
                "frenemy_watched_company_events_total",
                8,
                9,
                base=BLUE,
                decimals=0,
            ),
            Chart(
                "Against and with",
                "table",
                (
                    *_per_type(f"frenemy_watched_company_events_total{_COMPANY}", "company"),
                    Query(
                        "sum by (company) (round(increase("
                        f"frenemy_watched_company_articles_total{_COMPANY}}}[$__range])))",
                        "articles",
                    ),
                ),
                "short",
                "Events and articles of each company of the watch-list in the time shown.",
                "frenemy_watched_company_events_total",
                8,
                9,
            ),
            Chart(
                "Most active pairs",
                "table",
                _per_type(f"frenemy_watched_pair_events_total{_PAIR}", "pair"),
                "short",
                "Events of each pair of the watch-list in the time shown.",
                "frenemy_watched_pair_events_total",
                8,
                9,
            ),
        ),
    ),
    Row(
        "What kind of news",
        (
            Chart(
                "Competition",
                "stack",
                (
                    Query(
                        f'sum by (subtype) (rate(frenemy_events_total{{type="competition",retracted="false"}}{_R}))',
                        "{{subtype}}",
                    ),
                ),
                "cps",
                "Competition events a second, by subtype.",
                "frenemy_events_total",
            ),
            Chart(
                "Partnership",
                "stack",
                (
                    Query(
                        f'sum by (subtype) (rate(frenemy_events_total{{type="partnership",retracted="false"}}{_R}))',
                        "{{subtype}}",
                    ),
                ),
                "cps",
                "Partnership events a second, by subtype.",
                "frenemy_events_total",
            ),
            Chart(
                "How certain the news is",
                "stack",
                (Query(f"sum by (status) (rate({_EVENTS}{_R}))", "{{status}}"),),
                "cps",
                "Events a second, by status: asserted, planned, rumoured, ended, denied.",
                "frenemy_events_total",
            ),
            Chart(
                "Confidence",
                "heatmap",
                (
                    Query(
                        "sum by (le) (increase(frenemy_event_confidence_ratio_bucket[$__interval]))",
                        "{{le}}",
                    ),
                ),
                "percentunit",
                "How sure the model was of each event. A cloud that sinks: the news differ from its training.",
                "frenemy_event_confidence_ratio",
                6,
            ),
            Chart(
                "Languages",
                "stack",
                (Query(f"sum by (lang) (rate({_EVENTS}{_R}))", "{{lang}}"),),
                "cps",
                "Events a second, by language of the article.",
                "frenemy_events_total",
                6,
            ),
            Chart(
                "Companies unknown to the registry",
                "lines",
                (
                    Query(
                        f'sum(rate(frenemy_companies_total{{known="false"}}{_R}))'
                        f" / sum(rate(frenemy_companies_total{_R}))",
                        "unknown",
                    ),
                ),
                "percentunit",
                "Share of companies that only their form gave away. Rising: new names in the news.",
                "frenemy_companies_total",
                6,
                most=1.0,
            ),
            Chart(
                "Companies of an article",
                "lines",
                (
                    Query(
                        f"sum(rate(frenemy_article_companies_sum{_R}))"
                        f" / sum(rate(frenemy_article_companies_count{_R}))",
                        "mean",
                    ),
                ),
                "short",
                "How many companies an article names. Falls where texts are cut short.",
                "frenemy_article_companies",
                6,
            ),
        ),
    ),
)
