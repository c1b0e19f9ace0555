-- Who moves against whom, who with whom, over a dump of all events:
--   frenemy watch --once --format json > events.jsonl
--   duckdb < sql/events.sql
-- The dump holds shifts too; they have no event_id.
CREATE VIEW events AS
SELECT *
FROM read_json('events.jsonl', format = 'newline_delimited', union_by_name = true, columns = {
    event_id: 'VARCHAR', type: 'VARCHAR', subtype: 'VARCHAR', status: 'VARCHAR', pair: 'VARCHAR',
    confidence: 'DOUBLE', retracted: 'BOOLEAN', detected_at: 'TIMESTAMP',
    evidence: 'STRUCT("text" VARCHAR)',
    article: 'STRUCT(id VARCHAR, source VARCHAR, url VARCHAR, published_at TIMESTAMP)',
    novelty: 'STRUCT(story_id VARCHAR, rank BIGINT, first_seen TIMESTAMP, sources BIGINT)'
})
WHERE event_id IS NOT NULL;

-- The events that stand: each once, without those that were taken back.
CREATE VIEW standing AS
SELECT * FROM events
WHERE event_id NOT IN (SELECT event_id FROM events WHERE retracted)
QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY detected_at) = 1;

SELECT pair,
       count(*) FILTER (WHERE type = 'competition') AS competition,
       count(*) FILTER (WHERE type = 'partnership') AS partnership,
       count(DISTINCT novelty.story_id) AS stories,
       count(DISTINCT article.source) AS sources,
       max(coalesce(article.published_at, detected_at)) AS latest
FROM standing
GROUP BY pair
ORDER BY stories DESC, pair;
