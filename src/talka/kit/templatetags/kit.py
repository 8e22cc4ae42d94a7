"""Tags that every template has without loading them."""

from typing import Any

from django import template
from django.template import Context
from django.utils.html import mark_safe
from django.utils.safestring import SafeString

from talka.kit import slots

register = template.Library()


@register.simple_tag(takes_context=True)
def slot(context: Context, name: str, **values: Any) -> SafeString:
    """The panels that upper rooms registered for this place."""
    return mark_safe("".join(slots.render(name, context["request"], values)))
