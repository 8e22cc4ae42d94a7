"""Writes of this room."""

from talka.courses.actions.drafting import Drafted, DraftLesson, DraftModule, DraftTopic, draft_course, draft_topics
from talka.courses.actions.packs import Plan, export_files, export_pack, import_pack, pack_of, preview_pack, read_pack
from talka.courses.actions.publishing import NotPublishable, pieces_of, publish_materials, reindex
from talka.courses.rules.packs import BadPack

__all__ = [
    "BadPack",
    "DraftLesson",
    "DraftModule",
    "DraftTopic",
    "Drafted",
    "NotPublishable",
    "Plan",
    "draft_course",
    "draft_topics",
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
