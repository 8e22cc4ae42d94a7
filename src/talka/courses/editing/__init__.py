"""The editor's own parts: faults at their fields, two authors in one topic, the way files are sent."""
