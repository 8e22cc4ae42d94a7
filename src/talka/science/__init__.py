"""Pure numerics: arrays and frozen dataclasses in and out; no framework, clock, file or network."""
