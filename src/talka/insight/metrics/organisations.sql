-- title: Active learners by organisation
-- definition: For each organisation: people who learned in the last 28 days, people who ever learned, and the last day that anyone did.
-- unit: people
-- source: Statements of the record store, organisations of their people today; docs/metrics.md
SELECT
    p.organisation, p.organisation_name, p.cluster, p.cluster_name,
    COUNT(DISTINCT p.actor) AS known,
    COUNT(DISTINCT a.actor) AS learners,
    COUNT(DISTINCT CASE WHEN a.day > s.day - INTERVAL '28' DAY THEN a.actor END) AS active,
    MAX(a.day) AS last_day
FROM people AS p
CROSS JOIN as_of AS s
LEFT JOIN (SELECT DISTINCT actor, day FROM activity_log WHERE learning) AS a ON a.actor = p.actor
GROUP BY p.organisation, p.organisation_name, p.cluster, p.cluster_name
ORDER BY active DESC, learners DESC, p.organisation_name
