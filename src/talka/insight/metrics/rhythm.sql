-- title: When people learn
-- definition: Share of learning statements by weekday and hour in the network's time zone.
-- unit: statements
-- source: Statements of the record store; docs/metrics.md
SELECT weekday, hour, COUNT(*) AS statements, COUNT(DISTINCT actor) AS people
FROM activity_log
WHERE learning
GROUP BY weekday, hour
ORDER BY weekday, hour
