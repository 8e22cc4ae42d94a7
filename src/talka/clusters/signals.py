"""News of this room that upper rooms hear."""

from django.dispatch import Signal

# An organisation became a member: sender=Membership, membership, by, at.
joined = Signal()
