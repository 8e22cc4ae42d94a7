"""News of this room."""

from django.dispatch import Signal

# Told when stored statements were rewritten or deleted (erasure): sender=Statement, sequences=list of int. The lake follows.
rewritten = Signal()
