"""Small things that files of other programs hold."""

import io

import pytest
from PIL import Image


@pytest.fixture
def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "green").save(out, "PNG")
    return out.getvalue()
