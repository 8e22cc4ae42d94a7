"""Who may do what with courses."""

from talka.people.rules import Ability, Part

WRITE = Ability("write courses of this cluster", frozenset({Part.MANAGER, Part.EDITOR}))
PUBLISH = Ability("publish topics of this cluster's courses", frozenset({Part.MANAGER}))
ASSIGN = Ability("assign courses to people of this cluster or organisation", frozenset({Part.MANAGER}), contact=True)
REVIEW = Ability("review what learners hand in", frozenset({Part.MANAGER, Part.EDITOR}))
EXTEND = Ability("give a learner more time", frozenset({Part.MANAGER, Part.EDITOR}))
WAIVE = Ability("waive a unit for a learner", frozenset({Part.MANAGER, Part.EDITOR}))
INVITE = Ability("invite people to courses", frozenset({Part.MANAGER, Part.EDITOR}))
CONNECT = Ability("connect other platforms and tools with this cluster's courses", frozenset({Part.MANAGER}))
