"""Every room's templates: no style and no script of their own, which the content policy would silently drop."""

import re
from pathlib import Path

import pytest

import talka

SOURCE = Path(talka.__file__).parent
# Letters are read in mail programs, which know no style sheets. What plays a package stands in a sandboxed frame under a policy of its own.
ELSEWHERE = ("/mail", "courses/packages/h5p.html", "courses/packages/scorm.html")
TEMPLATES = [p for p in sorted(SOURCE.glob("*/templates/**/*.html")) if not any(part in str(p.relative_to(SOURCE)) for part in ELSEWHERE)]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_style_and_script_come_from_files(template):
    text = template.read_text()
    assert not re.search(r"\sstyle=", text), "an inline style is dropped by the content policy: use a class of /style/"
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\son[a-z]+=\"", text), "an inline handler is dropped by the content policy"
    for script in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in script or 'type="application/' in script, "an inline script is dropped by the content policy"
