"""What authors may send, by the field that takes it."""

MB = 1_000_000
# Bytes.
LIMITS: dict[str, int] = {"picture": 15 * MB, "film": 600 * MB, "audio": 200 * MB, "captions": MB, "transcript": MB, "document": 60 * MB}
ENDINGS: dict[str, tuple[str, ...]] = {
    "picture": ("png", "jpg", "webp", "svg"),
    "film": ("mp4", "webm"),
    "audio": ("mp3", "ogg", "m4a", "webm"),
    "captions": ("vtt",),
    "transcript": ("md",),
    "document": ("pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp"),
}
# A drawing stands inside its page.
LARGEST_DRAWING = MB
