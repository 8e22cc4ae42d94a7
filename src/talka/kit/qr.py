"""A code that a phone's camera reads, drawn as SVG."""

import io

import segno


def drawn(text: str, *, steady: bool = False) -> str:
    """SVG of the QR code that holds `text`, black on white, without a fixed size. `steady`: still readable where a quarter of it is worn off (level Q)."""
    out = io.BytesIO()
    segno.make(text, error="q" if steady else "m").save(out, kind="svg", scale=6, border=2, xmldecl=False, light="#fff", omitsize=True)
    return out.getvalue().decode()
