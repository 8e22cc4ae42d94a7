"""Documents and filled-in sheets on paper."""

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from talka.courses.models import Material
from talka.kit import pdf as kit_pdf

_reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def pdf(material: Material) -> bytes:
    """The document as PDF. Same document, same bytes."""
    topic = material.topic
    data = {
        "title": material.title or topic.title,
        "course": topic.course.title,
        "topic": topic.title,
        "licence": topic.course.licence,
        "blocks": blocks_of(material.wording.get("text", "")),
    }
    return kit_pdf.render("courses/pdf/document.typ", data, language=material.spoken or topic.course.language)


def blocks_of(text: str) -> list[dict[str, Any]]:  # noqa: C901, PLR0912  # one case per token
    """Markdown as a list of blocks that the paper template sets: heading, paragraph, item (with its depth and mark), quote, code, table."""
    made: list[dict[str, Any]] = []
    lists: list[list[Any]] = []
    quote = 0
    mark = ""
    table: list[list[str]] | None = None
    level = 2
    tokens = _reader.parse(text)
    for token in tokens:
        match token.type:
            case "heading_open":
                level = int(token.tag[1])
            case "bullet_list_open" | "ordered_list_open":
                lists.append([token.type == "ordered_list_open", int(token.attrs.get("start", 1) or 1)])
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                ordered, n = lists[-1]
                mark = f"{n}." if ordered else "•"
                lists[-1][1] += 1
            case "blockquote_open":
                quote += 1
            case "blockquote_close":
                quote -= 1
            case "table_open":
                table = []
            case "tr_open" if table is not None:
                table.append([])
            case "table_close" if table:
                made.append({"kind": "table", "rows": table})
                table = None
            case "fence" | "code_block":
                made.append({"kind": "code", "text": token.content.rstrip()})
            case "hr":
                made.append({"kind": "rule"})
            case "inline":
                _inline(made, token, tokens, lists, mark, quote, table, level)
                mark = ""
            case _:
                pass
    return made


def _inline(made: list[dict[str, Any]], token: Token, tokens: list[Token], lists: list[Any], mark: str, quote: int, table: list[list[str]] | None, level: int) -> None:  # fmt: skip
    runs = runs_of(token)
    before = tokens[tokens.index(token) - 1].type
    if table is not None:
        table[-1].append("".join(run["text"] for run in runs))
    elif before == "heading_open":
        made.append({"kind": "heading", "level": level, "runs": runs})
    elif lists:
        made.append({"kind": "item", "depth": len(lists), "mark": mark, "runs": runs})
    else:
        made.append({"kind": "quote" if quote else "paragraph", "runs": runs})


def runs_of(token: Token) -> list[dict[str, Any]]:
    """The pieces of a line with their emphasis."""
    runs: list[dict[str, Any]] = []
    strong = em = 0
    link = ""
    for child in token.children or ():
        match child.type:
            case "strong_open" | "strong_close":
                strong += child.nesting
            case "em_open" | "em_close":
                em += child.nesting
            case "link_open":
                link = str(child.attrs.get("href", ""))
            case "link_close":
                link = ""
            case "softbreak" | "hardbreak":
                runs.append({"text": " ", "strong": bool(strong), "em": bool(em), "code": False, "link": ""})
            case "text" | "code_inline":
                url = link if re.match(r"https?://|mailto:", link) else ""
                runs.append(
                    {"text": child.content, "strong": bool(strong), "em": bool(em), "code": child.type == "code_inline", "link": url}
                )
            case _:
                pass
    return runs
