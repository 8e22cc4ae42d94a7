-- title: Openings by sign
-- definition: From which printed sign the stack was opened. Openings by its plain address have none.
-- unit: openings
-- source: Statements of the record store; docs/metrics.md
SELECT
    COALESCE(parent, '') AS sign, COUNT(*) AS openings, COUNT(DISTINCT actor) AS visitors
FROM activity_log
WHERE verb = 'http://adlnet.gov/expapi/verbs/experienced' AND activity = grouping_id
GROUP BY 1
ORDER BY openings DESC, 1
