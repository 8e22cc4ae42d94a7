"""Needs analysis: discrepancy scores, their intervals, and how sure the ranks are."""

from talka.science.needs.analysis import NeedItem, NeedsAnalysis, analyse
from talka.science.needs.picture import Picture, Quadrant, picture
from talka.science.needs.ranks import RankIntervals, rank_intervals
from talka.science.needs.scale import OffScale, Scale
from talka.science.needs.scores import BorichScores, RankedDiscrepancy, borich, borich_of_means, ranked_discrepancy
from talka.science.needs.waves import ItemChange, compare_waves

__all__ = [
    "BorichScores",
    "ItemChange",
    "NeedItem",
    "NeedsAnalysis",
    "OffScale",
    "Picture",
    "Quadrant",
    "RankIntervals",
    "RankedDiscrepancy",
    "Scale",
    "analyse",
    "borich",
    "borich_of_means",
    "compare_waves",
    "picture",
    "rank_intervals",
    "ranked_discrepancy",
]
