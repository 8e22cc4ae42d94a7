"""Talka: an open, self-hosted learning platform for clusters of small and medium-sized enterprises."""

__version__ = "0.1.0"
