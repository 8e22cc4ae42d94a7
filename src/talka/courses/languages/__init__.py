"""A course in several languages: one tree of pages, one enrolment, one statistic, and a layer of words over it.

`rules` say what can be translated and how a translation is laid over its source; `actions` save, publish and render; `queries` lay the
published words over what a reader gets; `desk` is where translators work, `xliff` what they can take away, `packs` what travels with a course.
"""
