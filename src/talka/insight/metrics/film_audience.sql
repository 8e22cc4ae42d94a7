-- title: Who watches each second of a film
-- definition: For each second: people who played it at least once, and how often it was played again. A played segment runs from "played"
--   to the person's next pause, jump or end of the same film.
-- unit: people
-- source: Statements by the xAPI Video Profile; docs/metrics.md
WITH moves AS (
    SELECT
        actor, activity, verb, position_from,
        LEAD(COALESCE(position_from, position_to)) OVER (PARTITION BY actor, activity ORDER BY at_s, sequence) AS upto
    FROM activity_log
    WHERE position_from IS NOT NULL OR position_to IS NOT NULL
),
segments AS (
    SELECT actor, activity, CAST(FLOOR(position_from) AS INTEGER) AS first_second, CAST(CEIL(upto) AS INTEGER) AS end_second
    FROM moves
    WHERE verb = 'https://w3id.org/xapi/video/verbs/played' AND upto > position_from
)
SELECT s.activity AS unit, u.title, u.place, n.second, COUNT(DISTINCT s.actor) AS people, COUNT(*) AS plays
FROM segments AS s
JOIN seconds AS n ON n.second >= s.first_second AND n.second < s.end_second
LEFT JOIN units AS u ON u.unit = s.activity
GROUP BY s.activity, u.title, u.place, n.second
ORDER BY u.place, s.activity, n.second
