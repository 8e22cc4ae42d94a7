-- title: Use of each tile
-- definition: How often a tile was used: a link, topic or other stack followed, a file fetched, a film begun, a question sent. Texts and pictures
--   are read without a tap and are not counted.
-- unit: uses
-- source: Statements of the record store; docs/metrics.md
SELECT
    activity AS tile, COUNT(*) AS uses, COUNT(DISTINCT actor) AS visitors
FROM activity_log
WHERE activity <> grouping_id
GROUP BY 1
ORDER BY uses DESC, 1
