"""Courses for tests: a small pack with every kind of material, and courses imported from it."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from talka.clusters.models import Cluster
from talka.courses import actions
from talka.courses.models import Course, Enrolment, Material, Topic
from talka.people.models import User

WHEN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 60"><title>Map</title><g id="all"><rect width="100" height="60" fill="var(--pine, #1F5C4A)"/><text x="5" y="20">Mill</text></g></svg>
"""
VTT = """WEBVTT

00:00:00.000 --> 00:00:02.500
The mill saws oak.

00:00:02.500 --> 00:00:05.000
Nobody dries it.
"""

EXERCISES = {
    "single": """type: single
title: Who is in
prompt: Who belongs to **the cluster**?
shuffle: true
choices:
  - {key: mill, text: The mill, right: true, feedback: It saws for all.}
  - {key: bank, text: The bank in the capital, feedback: It is far away.}
  - {key: poet, text: The poet, feedback: Not in this field.}
hints: [Think of the field., Think of the place.]
feedback: {right: Well seen., wrong: Look again.}
explanation: Field and place decide.
assesses: [tell-apart]
""",
    "multiple": """type: multiple
title: Which ones
prompt: Which are tools?
points: 2
choices:
  - {key: saw, text: A saw, right: true, feedback: "Yes, it cuts."}
  - {key: plane, text: A plane, right: true, feedback: "Yes, it smooths."}
  - {key: song, text: A song, feedback: It only helps the mood.}
attempts: 2
feedback: {right: Both., partly: Some of it., wrong: None of it.}
""",
    "truefalse": """type: truefalse
title: True or not
prompt: Oak is a wood.
right: true
feedback_true: It is.
feedback_false: It is one.
""",
    "number": """type: number
title: Value added
prompt: What is 85 of 200 in percent?
right: 42.5
tolerance: 0.5
unit: "%"
feedback: {right: Good., wrong: Divide.}
""",
    "short": """type: short
title: One word
prompt: What do we call the middle of a cluster?
accepted: [core, the core]
""",
    "cloze": """type: cloze
title: Fill in
prompt: Fill the gaps.
text: "A cluster has a {core|centre} and many {members}."
""",
    "match": """type: match
title: Pairs
prompt: Match them.
pairs:
  - {key: saw, left: Saw, right: cuts}
  - {key: plane, left: Plane, right: smooths}
distractors: [sings]
""",
    "order": """type: order
title: In order
prompt: From tree to table.
items:
  - {key: fell, text: Fell}
  - {key: saw, text: Saw}
  - {key: join, text: Join}
""",
    "categorise": """type: categorise
title: Sort
prompt: Sort them.
categories:
  - {key: firm, label: Firm}
  - {key: school, label: School}
items:
  - {key: mill, text: Mill, category: firm, feedback: It sells.}
  - {key: trade, text: Trade school, category: school, feedback: It teaches.}
""",
    "hotspot": """type: hotspot
title: On the map
prompt: Tap the mill.
image: map.svg
alt: A map with a mill on the left.
spots:
  - {key: mill, x: 0, y: 0, w: 50, h: 100, label: Left half, right: true, feedback: There it stands.}
  - {key: wood, x: 50, y: 0, w: 50, h: 100, label: Right half, feedback: Only wood.}
""",
    "scale": """type: scale
title: How sure
prompt: How sure are you?
min: 0
max: 10
labels: {0: not at all, 10: quite}
model: 7
tolerance: 1
model_answer: Rather sure.
""",
    "open": """type: open
title: In your words
prompt: Describe your cluster.
model_answer: A good answer names *who* and *where*.
rubric:
  - {key: who, text: It says who.}
  - {key: where, text: It says where.}
""",
    "upload": """type: upload
title: Hand in
prompt: Hand in your map.
accept: [pdf]
""",
}
OTHERS = {
    "text": ("read.md", "## First\n\nA **core** of firms, and *members* around it.\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n"),
    "film": (
        "film.yaml",
        (
            "title: The valley\nslides:\n  - {seconds: 2, title: A valley, lines: [Mills], say: Picture a valley.}\n"
            "  - {seconds: 3, title: Its core, say: The mills form the core.}\n"
        ),
    ),
    "video": (
        "video.yaml",
        "src: clip.webm\nseconds: 5\ncaptions:\n  - {language: en, label: English, file: clip.vtt}\nchapters:\n  - {at: 2.5, title: Drying}\n",
    ),
    "image": ("image.yaml", "src: map.svg\nalt: A map.\ncaption: The valley\ncredit: drawn by us\n"),
    "infographic": (
        "graphic.yaml",
        (
            "title: The map\nimage: map.svg\nalt: A map with a mill.\nspots:\n"
            "  - {key: mill, x: 0, y: 0, w: 50, h: 50, label: Mill, text: It saws **oak**.}\n"
        ),
    ),
    "timeline": (
        "time.yaml",
        "events:\n  - {when: '1890', title: First mill, text: It begins.}\n  - {when: '1990', title: The school, text: It opens.}\n",
    ),
    "document": ("paper.md", "# Statutes\n\nOne firm, one vote.\n"),
    "tool": (
        "sheet.yaml",
        (
            "title: Map sheet\nintro: Fill it in.\nfields:\n"
            "  - {key: field, label: The field, kind: line}\n  - {key: notes, label: Notes, kind: text}\n  - {key: count, label: Firms, kind: number}\n"
            "  - {key: on, label: Date, kind: date}\n  - {key: size, label: Size, kind: choice, options: [small, large]}\n"
            "  - {key: who, label: Actors, kind: table, columns: [Name, Role], rows: 2}\n  - {key: sure, label: Checked, kind: check}\n"
        ),
    ),
    "vocabulary": (
        "words.yaml",
        (
            "terms:\n  - {key: core, term: core, definition: The firms that matter most., source: ours, see: [member]}\n"
            "  - {key: member, term: member, definition: Who has joined., see: [core]}\n"
        ),
    ),
    "case": (
        "case.yaml",
        (
            "title: The quarrel\nintro: Two owners quarrel.\nstart: call\nnodes:\n"
            "  call: {text: Whom do you call?, choices: [{text: The older one, to: older, say: She listens.}, {text: Nobody, to: nobody}]}\n"
            "  older: {text: She asks for a meeting., choices: [{text: Arrange it, to: good}, {text: Wait, to: nobody}]}\n"
            "  good: {text: They talk., end: good, debrief: 'You *acted*.'}\n  nobody: {text: It gets worse., end: poor}\n"
            "debrief: Talk early.\n"
        ),
    ),
    "formula": ("formula.yaml", "latex: '\\frac{a}{b}'\nmeaning: [{symbol: a, text: value}]\n"),
    "code": ("code.yaml", "language: sql\ntext: |\n  select 1 < 2;\n"),
}
QUIZ = "title: Check\npass: 0.5\nminutes: 10\npool:\n  - {file: quiz-a.yaml}\n  - {file: quiz-b.yaml}\n  - {file: quiz-c.yaml}\ndraw: 2\nattempts: 2\n"


def webm() -> bytes:
    """The smallest thing that begins like a film."""
    return b"\x1aE\xdf\xa3" + b"\x00" * 60


def pack_files(**changes: str | bytes | None) -> dict[str, bytes]:
    """A pack: two modules, three lessons, topic `start` with one material of every kind, `exercises` with every exercise and a quiz, `end`.

    A change replaces the file of that path (None leaves it out): `pack_files(**{"course.yaml": ...})`.
    """
    start = ["key: start", "title: What a cluster is", "minutes: 10", "outcomes: [tell-apart]", "summary: The idea.", "sources:",
             "  - 'Porter (1998): Clusters.'", "materials:"]  # fmt: skip
    files: dict[str, str | bytes] = {
        "course.yaml": "# our course\nformat: talka-pack/1\nkey: small\ntitle: A small course\nsummary: All kinds once.\nlanguage: en\nlevel: 5\nhours: 1.5\n"
        "audience: Testers.\nlicence: CC-BY-4.0\nauthors: [Us]\ntags: [test]\nmodules:\n"
        "  - {key: one, title: One, summary: First., lessons: [{key: begin, title: Begin, topics: [start]}, {key: train, title: Train, topics: [exercises]}]}\n"
        "  - {key: two, title: Two, lessons: [{key: finish, title: Finish, topics: [end]}]}\n",
        "outcomes.yaml": "- {key: tell-apart, text: tell a cluster from a list of firms, bloom: understand, level: 5, competences: [cluster-concepts]}\n",
        "glossary.yaml": "- {key: oak, term: oak, definition: A hard wood.}\n",
        "README.md": "# A small course\n",
        "topics/start/map.svg": SVG,
        "topics/start/clip.webm": webm(),
        "topics/start/clip.vtt": VTT,
        "topics/exercises/map.svg": SVG,
        "topics/exercises/quiz.yaml": QUIZ,
        "topics/end/last.md": "The end.\n",
        "topics/end/topic.yaml": "key: end\ntitle: The end\nminutes: 1\nrequires: [start]\nmaterials:\n  - {kind: text, key: last, file: last.md}\n",
    }
    for kind, (name, text) in OTHERS.items():
        files[f"topics/start/{name}"] = text
        start.append(f"  - {{kind: {kind}, key: {kind}, file: {name}, title: The {kind}}}")
    files["topics/start/topic.yaml"] = "\n".join(start) + "\n"
    lines = ["key: exercises", "title: Try it", "minutes: 20", "outcomes: [tell-apart]", "materials:"]
    for kind, text in EXERCISES.items():
        files[f"topics/exercises/{kind}.yaml"] = text
        lines.append(f"  - {{kind: exercise, key: {kind}, file: {kind}.yaml}}")
    lines.append("  - {kind: quiz, key: quiz, file: quiz.yaml}")
    for letter, kind in (("a", "single"), ("b", "truefalse"), ("c", "number")):
        files[f"topics/exercises/quiz-{letter}.yaml"] = EXERCISES[kind]
    files["topics/exercises/topic.yaml"] = "\n".join(lines) + "\n"
    for path, content in changes.items():
        if content is None:
            files.pop(path)
        else:
            files[path] = content
    return {path: content.encode() if isinstance(content, str) else content for path, content in files.items()}


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return out.getvalue()


def folder(files: dict[str, bytes], root: Path) -> Path:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def course(
    *, cluster: Cluster | None = None, visibility: str | None = None, files: dict[str, bytes] | None = None, at: datetime = WHEN
) -> Course:
    """The small course, imported and published."""
    return actions.import_pack(zipped(files or pack_files()), by=None, at=at, cluster=cluster, visibility=visibility)


def plain_course(key: str = "plain", *, topics: int = 3, at: datetime = WHEN, **kwargs) -> Course:
    """A course of short text topics in one lesson."""
    slugs = [f"t{n}" for n in range(topics)]
    files = {
        "course.yaml": f"format: talka-pack/1\nkey: {key}\ntitle: Plain {key}\nlanguage: en\nmodules:\n"
        f"  - {{key: one, title: One, lessons: [{{key: only, title: Only, topics: [{', '.join(slugs)}]}}]}}\n"
    }
    for slug in slugs:
        files[f"topics/{slug}/topic.yaml"] = (
            f"key: {slug}\ntitle: Topic {slug}\nminutes: 5\nmaterials: [{{kind: text, key: a, file: a.md}}]\n"
        )
        files[f"topics/{slug}/a.md"] = f"Words about {slug}.\n"
    return course(files={k: v.encode() for k, v in files.items()}, at=at, **kwargs)


def topic(course: Course, slug: str) -> Topic:
    return course.topics.get(slug=slug)


def material(course: Course, key: str) -> Material:
    return Material.objects.get(topic__course=course, key=key, parent=None, retired_at=None)


def enrolment(user: User, course: Course, at: datetime = WHEN) -> Enrolment:
    return Enrolment.objects.create(user=user, course=course, started_at=at)
