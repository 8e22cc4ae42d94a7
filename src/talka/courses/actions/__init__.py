"""Writes of this room."""

from talka.courses.actions.packs import Plan, export_files, export_pack, import_pack, pack_of, preview_pack, read_pack
from talka.courses.actions.publishing import NotPublishable, pieces_of, publish_materials, reindex
from talka.courses.rules.packs import BadPack

__all__ = [
    "BadPack",
    "NotPublishable",
    "Plan",
    "export_files",
    "export_pack",
    "import_pack",
    "pack_of",
    "pieces_of",
    "preview_pack",
    "publish_materials",
    "read_pack",
    "reindex",
]
