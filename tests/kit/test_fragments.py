"""Parts of pages that are rendered once and kept."""

from django.template import Context, Template
from django.utils import translation

from talka.kit import fragments


def test_what_is_alike_for_all_is_rendered_once_for_each_language():
    page = Template("{% alike %}{% translate 'Search' %} {{ name }}{% endalike %}")
    with translation.override("en"):
        first, second = page.render(Context({"name": "one"})), page.render(Context({"name": "two"}))
    with translation.override("de"):
        german = page.render(Context({"name": "three"}))
    assert (first, second, german) == ("Search one", "Search one", "Suchen three")
    assert Template("{% alike %}{{ name }}{% endalike %}").render(Context({"name": "another place"})) == "another place"


def test_a_page_masks_its_token_once(rf):
    request = rf.get("/")
    assert fragments.csrf_of(request) == fragments.csrf_of(request)
    assert fragments.csrf_of(rf.get("/")) != fragments.csrf_of(request)
