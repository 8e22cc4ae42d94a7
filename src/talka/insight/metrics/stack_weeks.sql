-- title: Openings of a stack
-- definition: How often the stack was opened in each week, Monday to Sunday in the network's time zone: by people who were signed in, once in ten
--   minutes; by everybody else, each time, since nobody signed out is followed from one opening to the next.
-- unit: openings
-- source: Statements of the record store; docs/metrics.md
SELECT
    CAST(DATE_TRUNC('week', day) AS DATE) AS week, COUNT(*) AS openings, COUNT(DISTINCT actor) AS visitors
FROM activity_log
WHERE verb = 'http://adlnet.gov/expapi/verbs/experienced' AND activity = grouping_id
GROUP BY 1
ORDER BY 1
