"""What the front desk shows on pages of the rooms below."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from talka.home import queries


def sample_note(request: HttpRequest) -> str:
    """The banner on every page while there is a sample network."""
    here = queries.sample_here()
    if not here:
        return ""
    return render_to_string("home/sample_note.html", {"user": getattr(request, "user", None), "mixed": here == "mixed"}, request=request)


def has_cluster(request: HttpRequest) -> bool:
    """For the top bar: whether the viewer belongs to a cluster in any way."""
    from talka.people.queries import standing_of

    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return False
    standing = standing_of(user)
    return standing.operator or bool(standing.clusters)
