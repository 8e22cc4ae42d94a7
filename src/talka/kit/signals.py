"""News of this room that upper rooms hear."""

from django.dispatch import Signal

# Told when somebody who is signed in chose a language: sender=None, user, language. `people` keeps it with the person.
language_chosen = Signal()
