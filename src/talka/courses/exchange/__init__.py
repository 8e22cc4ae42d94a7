"""Exchange: courses and questions of other programs come in, ours go out.

Every format is one file with `read` (bytes to a `Read`) and, where we write it, `write` (a pack to bytes); both know no table and no clock.
`reading.py` says what a reader hands back, `limits.py` what each format cannot carry, `actions.py` stores what was read.
"""
