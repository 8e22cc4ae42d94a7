"""Markdown, plain text, PDF: what others typed can't harm."""

import pytest

from talka.kit import charts, pdf
from talka.kit.markdown import clean, to_html
from talka.kit.text import plain, shortened


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# A\n\n## B", "<h2>A</h2>\n<h3>B</h3>\n"),
        ("**a** <script>x</script>", "<p><strong>a</strong> &lt;script&gt;x&lt;/script&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](https://example.org)", '<p><a href="https://example.org" rel="noopener noreferrer">x</a></p>\n'),
        (
            "|a|b|\n|-|-:|\n|1|2|",
            '<table>\n<thead>\n<tr>\n<th>a</th>\n<th class="n">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td class="n">2</td>\n</tr>\n</tbody>\n</table>\n',
        ),
        ("", ""),
    ],
)
def test_markdown_becomes_safe_html(text, html):
    assert to_html(text) == html


def test_html_of_others_keeps_its_prose_only():
    assert (
        clean('<p style="color:red" onclick="x()">a<iframe src="//x"></iframe><img src="javascript:1" alt="b"></p>')
        == '<p>a<img alt="b"></p>'
    )


def test_plain_text_parts_blocks():
    assert plain("<h2>A</h2><p>b &amp; c<br>d</p>") == "A b & c d"


@pytest.mark.parametrize(("text", "most", "expected"), [("short", 10, "short"), ("one two three", 9, "one two…"), ("abcdefgh", 5, "abcd…")])
def test_text_is_cut_at_a_word(text, most, expected):
    assert shortened(text, most) == expected


def test_a_pdf_takes_what_people_typed_as_data_and_is_the_same_each_time():
    data = {"title": '#panic("x") $ <b> \\', "facts": [["Name", "Łódź *"]], "heads": ["A", "B"], "rows": [["[", 1]], "picture": "chart.svg"}
    pictures = {"chart.svg": charts.printed(charts.bars([("a", 1), ("b", 2)], y="x"))}
    first = pdf.render("kit/pdf/sample.typ", data, pictures=pictures)
    assert first.startswith(b"%PDF")
    assert pdf.render("kit/pdf/sample.typ", data, pictures=pictures) == first
