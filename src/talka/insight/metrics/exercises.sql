-- title: Difficulty and discrimination of exercises
-- definition: Share: the mean score of everyone's first attempt. Discrimination: the correlation of that score with the same people's mean over the
--   other exercises; near zero or below, the exercise does not tell who can do it, or its key is wrong. Attempts: mean number per person.
--   Exercises that no machine judges (a file to hand in) are left out.
-- unit: share of 1; correlation from -1 to 1
-- source: Statements of the record store; docs/metrics.md
WITH tries AS (
    SELECT
        actor, activity, sequence, success,
        COALESCE(score, CASE WHEN success THEN 1.0 WHEN NOT success THEN 0.0 END) AS score,
        ROW_NUMBER() OVER (PARTITION BY actor, activity ORDER BY at_s, sequence) AS n
    FROM activity_log
    WHERE verb = 'http://adlnet.gov/expapi/verbs/answered'
),
first_try AS (
    SELECT actor, activity, score FROM tries WHERE n = 1 AND score IS NOT NULL
),
judged AS (
    SELECT activity FROM tries GROUP BY activity HAVING MAX(score) > 0 OR COUNT(success) > 0
),
person AS (
    SELECT actor, SUM(score) AS total, COUNT(*) AS n FROM first_try GROUP BY actor
),
with_rest AS (
    SELECT f.activity, f.score, CASE WHEN p.n > 1 THEN (p.total - f.score) / (p.n - 1) END AS rest
    FROM first_try AS f
    JOIN person AS p ON p.actor = f.actor
    JOIN judged AS j ON j.activity = f.activity
),
attempts AS (
    SELECT activity, COUNT(*) AS attempts FROM tries GROUP BY activity
)
SELECT
    w.activity AS unit, u.title, u.place, u.topic_title, COUNT(*) AS people, AVG(w.score) AS share, CORR(w.score, w.rest) AS discrimination,
    MAX(a.attempts) * 1.0 / COUNT(*) AS attempts
FROM with_rest AS w
JOIN attempts AS a ON a.activity = w.activity
LEFT JOIN units AS u ON u.unit = w.activity
GROUP BY w.activity, u.title, u.place, u.topic_title
ORDER BY u.place, 1
