-- title: Daily, weekly and monthly active learners
-- definition: People with at least one learning statement within the last 1, 7 and 28 days, counted anew for each day that is shown.
--   Stickiness is daily divided by monthly: on how many of 28 days an active learner comes back.
-- unit: people
-- source: Statements of the record store; docs/metrics.md
WITH present AS (
    SELECT DISTINCT actor, day FROM activity_log WHERE learning
)
SELECT
    d.day,
    COUNT(DISTINCT CASE WHEN p.day = d.day THEN p.actor END) AS daily,
    COUNT(DISTINCT CASE WHEN p.day > d.day - INTERVAL '7' DAY THEN p.actor END) AS weekly,
    COUNT(DISTINCT p.actor) AS monthly
FROM days AS d
LEFT JOIN present AS p ON p.day <= d.day AND p.day > d.day - INTERVAL '28' DAY
GROUP BY d.day
ORDER BY d.day
