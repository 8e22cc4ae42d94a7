"""Our topics open outside tools: login, launch, choosing content, scores, members. Here we are the platform, in LTI's words."""
