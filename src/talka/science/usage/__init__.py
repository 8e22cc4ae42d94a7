"""Use of learning material: who is active, how long, how much of a video, how far, and across which borders."""

from talka.science.usage.activity import Activity, Weeks, active, weekly_active
from talka.science.usage.dwell import Dwell, dwell
from talka.science.usage.edges import Crossing, cross_organisational, reuse
from talka.science.usage.effect import Association, association
from talka.science.usage.funnel import Step, funnel
from talka.science.usage.video import Audience, audience, completed, played_share

__all__ = [
    "Activity",
    "Association",
    "Audience",
    "Crossing",
    "Dwell",
    "Step",
    "Weeks",
    "active",
    "association",
    "audience",
    "completed",
    "cross_organisational",
    "dwell",
    "funnel",
    "played_share",
    "reuse",
    "weekly_active",
]
