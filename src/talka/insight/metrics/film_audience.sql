-- title: Who watches each second of a film
-- definition: For each second: people who played it at least once, and how often it was played again. A played segment runs from "played"
--   to the person's next pause, jump or end of the same film; where a jump does not say from where, as many seconds as went by.
-- unit: people
-- source: Statements by the xAPI Video Profile; docs/metrics.md
WITH steps AS (
    SELECT
        actor, activity, verb, at_s, COALESCE(position_from, position_to) AS position,
        LEAD(verb) OVER (PARTITION BY actor, activity ORDER BY at_s, sequence) AS next_verb,
        LEAD(at_s) OVER (PARTITION BY actor, activity ORDER BY at_s, sequence) AS next_at,
        LEAD(position_from) OVER (PARTITION BY actor, activity ORDER BY at_s, sequence) AS next_from,
        LEAD(position_to) OVER (PARTITION BY actor, activity ORDER BY at_s, sequence) AS next_to
    FROM activity_log
    WHERE position_from IS NOT NULL OR position_to IS NOT NULL
),
moves AS (
    SELECT
        actor, activity, verb, position,
        CASE
            WHEN next_from IS NOT NULL THEN next_from
            WHEN next_verb = 'https://w3id.org/xapi/video/verbs/seeked' THEN position + (next_at - at_s)
            ELSE next_to
        END AS upto
    FROM steps
),
segments AS (
    SELECT actor, activity, CAST(FLOOR(position) AS INTEGER) AS first_second, CAST(CEIL(upto) AS INTEGER) AS end_second
    FROM moves
    WHERE verb = 'https://w3id.org/xapi/video/verbs/played' AND upto > position
)
SELECT s.activity AS unit, u.title, u.place, n.second, COUNT(DISTINCT s.actor) AS people, COUNT(*) AS plays
FROM segments AS s
JOIN seconds AS n ON n.second >= s.first_second AND n.second < s.end_second
LEFT JOIN units AS u ON u.unit = s.activity
GROUP BY s.activity, u.title, u.place, n.second
ORDER BY u.place, s.activity, n.second
