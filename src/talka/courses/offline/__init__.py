"""Without a line: lessons saved on a phone, and what was done there delivered once, in order, with its own time.

`worker.js` (a template, since it names the release's own files) keeps saved lessons readable and queues what cannot be sent; `rules.py` says which
addresses may be queued and what time to believe; `actions.py` takes a delivery in.
"""
