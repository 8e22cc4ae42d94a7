"""How much of a video was played, and where do people stop or look twice?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Floats, Ints

COMPLETED = 0.95


@dataclass(frozen=True, slots=True)
class Audience:
    """Second by second, all (seconds,): second s runs from s to s + 1.

    first_views: people who saw it at all; re_views: further times it was seen; watching: first_views / viewers, 0 to 1.
    """

    viewers: int
    first_views: Ints
    re_views: Ints
    watching: Floats


def _segments(segments: ArrayLike, length: float) -> Floats:
    """Played segments cut to the video, (segments, 2), sorted; empty and reversed ones, which players do report, are dropped."""
    if not length > 0:
        raise ValueError("a video's length is positive")
    played = np.asarray(segments, dtype=np.float64)
    if not played.size:
        return np.zeros((0, 2))
    if played.ndim != 2 or played.shape[1] != 2:
        raise ValueError("segments are pairs of start and end")
    played = np.clip(played[~np.isnan(played).any(axis=1)], 0, length)
    played = played[played[:, 1] > played[:, 0]]
    return played[np.argsort(played[:, 0], kind="stable")]


def played_share(segments: ArrayLike, length: float) -> float:
    """The part of a video that was played at least once, 0 to 1.

    segments: (segments, 2) start and end in seconds, overlapping or not; length in seconds. Raises ValueError for a length that is
    not positive or segments that are no pairs. Source: xAPI Video Profile 1.0, "progress" from "played-segments".
    """
    played = _segments(segments, length)
    if not len(played):
        return 0.0
    furthest = np.maximum.accumulate(played[:, 1])
    before = np.concatenate([[0.0], furthest[:-1]])
    return float(np.clip((played[:, 1] - np.maximum(played[:, 0], before)).clip(min=0).sum() / length, 0, 1))


def completed(share: float, *, threshold: float = COMPLETED) -> bool:
    """Whether a played share counts as completed, from .95 (xAPI Video Profile's completion threshold)."""
    return share >= threshold - 1e-9


def audience(views: Sequence[ArrayLike], length: float) -> Audience:
    """Who still watches at each second, and what is seen again.

    views: one array of segments (as `played_share`) per viewer; a second is seen when its middle was played. A viewer who played
    nothing is none. Raises ValueError as `played_share`. Source: Kim et al. (2014), Understanding in-video dropouts, L@S '14, 31–40.
    """
    seconds = int(np.ceil(length)) if length > 0 else 0
    first, plays, viewers = np.zeros(seconds, dtype=np.int64), np.zeros(seconds, dtype=np.int64), 0
    for view in views:
        played = _segments(view, length)
        if not len(played):
            continue
        viewers += 1
        start, end = np.ceil(played - 0.5).astype(np.int64).clip(0, seconds).T
        times = np.cumsum(np.bincount(start, minlength=seconds + 1) - np.bincount(end, minlength=seconds + 1))[:seconds]
        plays += times
        first += times > 0
    return Audience(viewers, first, plays - first, first / viewers if viewers else np.zeros(seconds))
