"""Two versions of a topic side by side: each material under its name, and of its fields only those that changed, word by word."""

import re
from collections.abc import Callable
from typing import Any

from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString
from wagtail.admin.compare import StructBlockComparison, get_comparison_class_for_block
from wagtail.blocks import StructBlock

# What is written is escaped, so quotation marks are the comparison's own.
CHANGED = re.compile(r'class="[^"]*\b(addition|deletion)\b')


class PartComparison(StructBlockComparison):
    """Fields that changed; of a part that is new or gone, all that are filled in."""

    def htmlvalue(self, val: Any) -> SafeString:
        return self._rows(lambda one: strip_tags(one).strip() != "", lambda one, name: one(True, True, val[name], val[name]).htmlvalue(val[name]))  # fmt: skip

    def htmldiff(self) -> SafeString:
        return self._rows(
            lambda one: CHANGED.search(one) is not None,
            lambda one, name: one(self.exists_a, self.exists_b, self.val_a[name], self.val_b[name]).htmldiff(),
        )

    def _rows(self, shown: Callable[[str], bool], told: Callable[[Callable[..., Any], str], str]) -> SafeString:
        rows = []
        for name, block in self.block.child_blocks.items():
            markup = told(lambda *sides, block=block: get_comparison_class_for_block(block)(block, *sides), name)
            if shown(markup):
                rows.append((block.label, markup))
        return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))


class MaterialComparison(PartComparison):
    """The same under the material's kind and title."""

    def htmlvalue(self, val: Any) -> SafeString:
        return self._under_its_name(val, super().htmlvalue(val))

    def htmldiff(self) -> SafeString:
        return self._under_its_name(self.val_b, super().htmldiff())

    def _under_its_name(self, val: Any, inner: str) -> SafeString:
        title = (val or {}).get("title") or ""
        return format_html('<h3 class="compared">{}</h3>{}', f"{self.block.label}: {title}" if title else self.block.label, inner)


class PartBlock(StructBlock):
    def get_comparison_class(self) -> type[StructBlockComparison]:
        return PartComparison


class MaterialBlock(StructBlock):
    def get_comparison_class(self) -> type[StructBlockComparison]:
        return MaterialComparison
