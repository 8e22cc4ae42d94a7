"""Platforms of others open our courses: login, launch, choosing content, grades back, roster. Here we are the tool, in LTI's words."""
