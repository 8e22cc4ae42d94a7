"""PDF from Typst templates, without a browser.

A template lies in `<room>/templates/<room>/pdf/NAME.typ`, begins with `#import "/talka.typ": *` and `#show: page-of.with(title: ...)`,
and reads what it shows from `data`. What people typed reaches it as data, never as markup, so there is nothing to escape.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import get_template

from talka.kit.tokens import LIGHT


def render(template: str, data: Mapping[str, Any], *, pictures: Mapping[str, str | bytes] | None = None, language: str = "en") -> bytes:
    """The PDF of `template` ("courses/pdf/certificate.typ") with `data` (JSON-ready; dates become text).

    `pictures` are files that the template names, such as {"chart.svg": charts.printed(spec)}. Same input, same bytes.
    """
    files = {
        "main.typ": _source(template),
        "talka.typ": _source("kit/pdf/talka.typ"),
        **{name: content.encode() if isinstance(content, str) else content for name, content in (pictures or {}).items()},
    }
    inputs = {"data": json.dumps(dict(data), cls=DjangoJSONEncoder), "tokens": json.dumps(LIGHT), "language": language}
    return typst.compile(files, sys_inputs=inputs, ignore_system_fonts=True, timestamp=0)


def _source(template: str) -> bytes:
    # Found like any template, so that an upper room's wins; read as it is, because Typst has braces of its own.
    return Path(get_template(template).origin.name).read_bytes()
