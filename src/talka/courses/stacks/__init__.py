"""Stacks: short pages of tiles, made without code, that a printed code opens on a phone.

`rules.py` says which tile has which fields and what use looks like as a statement; `views/visit.py` is what visitors see, `views/desk.py` where
stacks are made. A draft is private; then the stack is open to a firm, the cluster, everyone signed in, or everyone.
"""
