-- title: Weekly active learners
-- definition: People with at least one learning statement in the week, Monday to Sunday in the network's time zone.
--   Signing in or enrolling is none.
-- unit: people
-- source: Statements of the record store; docs/metrics.md
SELECT CAST(DATE_TRUNC('week', day) AS DATE) AS week, COUNT(DISTINCT actor) AS people, COUNT(*) AS statements
FROM activity_log
WHERE learning
GROUP BY 1
ORDER BY 1
