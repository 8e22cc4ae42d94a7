"""Questions and news of this room that upper rooms hear."""

from django.dispatch import Signal

# Asked once per request: sender=User, user=the viewer. A receiver answers with a people.rules.Standing of what it knows.
standing_asked = Signal()
# Told when a person asked for their data: sender=User, user. A receiver answers with {file name: JSON-ready value}.
own_data_asked = Signal()
# Told when a person is erased: sender=User, user, by, at, keep (classes of data that stay without a name).
erased = Signal()
