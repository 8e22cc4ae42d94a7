"""News of this room."""

from django.dispatch import Signal

# Told when stored statements were rewritten or deleted (erasure): sender=Statement, sequences=list of int. The lake follows.
rewritten = Signal()

# Three moments of content in the browser whose token carries a session (`actions.browser_token(session=...)`): the room that keeps the
# session hears them and may raise NotAdmitted, which the door answers with 403 and its text. sender=Bound in all, session=str.
# Before a request is answered: method, kind ("statements", "state", "agent", "activity" or ""), key (of a document, or ""), content_type, body.
session_asked = Signal()
# Before statements are stored, in the transaction that stores them: statements=list of JSON objects that are not stored yet.
session_writes = Signal()
# After they were stored, in the same transaction.
session_wrote = Signal()


class NotAdmitted(Exception):
    """The session does not allow this."""
