-- title: Use of each topic
-- definition: People who opened the topic or used something in it, the hours they spent, and those who did it all. Time is the sum of the
--   gaps of at most five minutes between a person's statements; the last one before a longer break counts as the median gap.
-- unit: people, hours
-- source: Statements of the record store; docs/metrics.md
WITH steps AS (
    SELECT
        actor, unit, at_s,
        LEAD(at_s) OVER (PARTITION BY actor ORDER BY at_s, sequence) - at_s AS gap
    FROM activity_log
    WHERE learning
),
typical AS (
    SELECT COALESCE(MEDIAN(gap), 0) AS gap FROM steps WHERE gap <= 300
),
spent AS (
    SELECT s.unit, COUNT(DISTINCT s.actor) AS people, COUNT(*) AS statements, SUM(CASE WHEN s.gap <= 300 THEN s.gap ELSE t.gap END) / 3600.0 AS hours
    FROM steps AS s
    CROSS JOIN typical AS t
    GROUP BY s.unit
),
finished AS (
    SELECT activity AS unit, COUNT(DISTINCT actor) AS people
    FROM activity_log
    WHERE verb = 'http://adlnet.gov/expapi/verbs/completed'
    GROUP BY activity
)
SELECT
    COALESCE(u.unit, s.unit) AS unit, u.title, u.place, u.lesson, u.module, COALESCE(s.people, 0) AS people, COALESCE(s.statements, 0) AS statements,
    COALESCE(s.hours, 0) AS hours, COALESCE(f.people, 0) AS completed
FROM (SELECT * FROM units WHERE kind IN ('topic', 'activity')) AS u
FULL OUTER JOIN spent AS s ON s.unit = u.unit
LEFT JOIN finished AS f ON f.unit = COALESCE(u.unit, s.unit)
WHERE u.unit IS NOT NULL OR NOT EXISTS (SELECT 1 FROM units WHERE kind = 'topic')
ORDER BY u.place, people DESC, 1
