"""LTI 1.3 in both roles: `platforms` are others' that open our courses, `tools` are others' that our topics open (docs/lti.md)."""
