-- title: Where people stop
-- definition: For each topic: of the people who reached it, those whose furthest topic it is, who have not completed the course and have
--   not been seen for 28 days. Who learned in the last 28 days may still go on and is not counted as stopped; whoever reached the last
--   topic has come to the end and did not stop there.
-- unit: people
-- source: Statements of the record store; docs/metrics.md
WITH opened AS (
    SELECT a.actor, u.unit, u.place
    FROM activity_log AS a
    JOIN units AS u ON u.unit = a.unit AND u.kind = 'topic'
    WHERE a.learning
    GROUP BY a.actor, u.unit, u.place
),
person AS (
    SELECT
        actor,
        MAX(day) AS last_day,
        MAX(CASE WHEN verb = 'http://adlnet.gov/expapi/verbs/completed' AND activity = grouping_id THEN 1 ELSE 0 END) AS completed
    FROM activity_log
    WHERE learning
    GROUP BY actor
),
furthest AS (
    SELECT o.actor, MAX(o.place) AS place FROM opened AS o GROUP BY o.actor
),
stopped AS (
    SELECT f.place, COUNT(*) AS people
    FROM furthest AS f
    JOIN person AS p ON p.actor = f.actor
    CROSS JOIN as_of AS s
    WHERE p.completed = 0 AND p.last_day <= s.day - INTERVAL '28' DAY AND f.place < (SELECT MAX(place) FROM units WHERE kind = 'topic')
    GROUP BY f.place
)
SELECT u.unit, u.title, u.place, u.lesson, COUNT(o.actor) AS reached, COALESCE(MAX(s.people), 0) AS stopped
FROM units AS u
LEFT JOIN opened AS o ON o.unit = u.unit
LEFT JOIN stopped AS s ON s.place = u.place
WHERE u.kind = 'topic'
GROUP BY u.unit, u.title, u.place, u.lesson
ORDER BY u.place
