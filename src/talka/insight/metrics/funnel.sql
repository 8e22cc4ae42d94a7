-- title: From enrolled to completed
-- definition: Of the people who enrolled: those who opened a topic; who have done at least half of the course's topics;
--   who completed the course; who earned its certificate.
-- unit: people
-- source: Statements of the record store; docs/metrics.md
WITH topics AS (
    SELECT COUNT(*) AS n FROM units WHERE kind = 'topic'
),
per_person AS (
    SELECT
        a.actor,
        MAX(CASE WHEN a.learning THEN 1 ELSE 0 END) AS started,
        COUNT(DISTINCT CASE WHEN a.verb = 'http://adlnet.gov/expapi/verbs/completed' AND u.kind = 'topic' THEN a.activity END) AS done,
        MAX(CASE WHEN a.verb = 'http://adlnet.gov/expapi/verbs/completed' AND a.activity = a.grouping_id THEN 1 ELSE 0 END) AS completed,
        MAX(CASE WHEN a.verb = 'http://id.tincanapi.com/verb/earned' THEN 1 ELSE 0 END) AS certified
    FROM activity_log AS a
    LEFT JOIN units AS u ON u.unit = a.activity
    GROUP BY a.actor
)
SELECT
    COUNT(*) AS enrolled,
    COALESCE(SUM(p.started), 0) AS started,
    COALESCE(SUM(CASE WHEN t.n > 0 AND 2 * p.done >= t.n THEN 1 ELSE 0 END), 0) AS half_way,
    COALESCE(SUM(p.completed), 0) AS completed,
    COALESCE(SUM(p.certified), 0) AS certified
FROM per_person AS p
CROSS JOIN topics AS t
