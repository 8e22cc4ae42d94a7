-- title: Learners
-- definition: People with at least one learning statement in the chosen days. Signing in or enrolling is none.
-- unit: people
-- source: Statements of the record store; docs/metrics.md
SELECT COUNT(DISTINCT actor) AS people, COUNT(*) AS statements
FROM activity_log
WHERE learning
