"""Free text grouped into themes, offline and in any language."""

from talka.science.themes.grouping import Theme, Themes, group_themes

__all__ = ["Theme", "Themes", "group_themes"]
