"""Addresses of LTI: doors for other platforms and for tools, their services, and the staff's pages."""

from django.urls import path

from talka.courses.lti import desk
from talka.courses.lti.platforms import views as platforms
from talka.courses.lti.tools import door
from talka.courses.lti.tools import views as tools

app_name = "lti"
_DESK = "clusters/<slug:cluster>/lti/"
_COURSE = "lti/tools/<uuid:tool>/<uuid:course>/"
urlpatterns = [
    # Our courses in other platforms.
    path("lti/login/", platforms.login, name="login"),
    path("lti/launch/", platforms.launch, name="launch"),
    path("lti/arrive/", platforms.arrive, name="arrive"),
    path("lti/welcome/", platforms.welcome, name="welcome"),
    path("lti/choose/", platforms.choose, name="choose"),
    path("lti/platforms/<uuid:uuid>/keys/", platforms.keyset, name="platform-keys"),
    # Outside tools in our topics.
    path("learn/<slug:course>/<slug:topic>/outside/<uuid:material>/", tools.open_tool, name="open"),
    path("lti/authorise/", tools.authorise, name="authorise"),
    path("lti/keys/", tools.keyset, name="keys"),
    path("lti/chosen/", tools.chosen, name="chosen"),
    path("lti/chosen/put/", tools.put, name="put"),
    path("lti/token/", door.token, name="token"),
    path(f"{_COURSE}items/", door.items, name="items"),
    path(f"{_COURSE}items/<uuid:item>/", door.item, name="item"),
    path(f"{_COURSE}items/<uuid:item>/scores", door.scores, name="scores"),
    path(f"{_COURSE}items/<uuid:item>/results", door.results, name="results"),
    path(f"{_COURSE}members/", door.members, name="members"),
    # Staff.
    path(_DESK, desk.connections, name="connections"),
    path(f"{_DESK}platforms/new/", desk.new_platform, name="new-platform"),
    path(f"{_DESK}platforms/<uuid:platform>/", desk.platform, name="platform"),
    path(f"{_DESK}platforms/<uuid:platform>/act/", desk.platform_act, name="platform-act"),
    path(f"{_DESK}platforms/<uuid:platform>/places/<int:link>/", desk.Grades.as_view(), name="grades"),
    path(f"{_DESK}platforms/<uuid:platform>/places/<int:link>/roster/", desk.roster, name="roster"),
    path(f"{_DESK}tools/new/", desk.new_tool, name="new-tool"),
    path(f"{_DESK}tools/<uuid:tool>/", desk.tool, name="tool"),
    path(f"{_DESK}tools/<uuid:tool>/revoke/", desk.tool_revoke, name="tool-revoke"),
    path("clusters/<slug:cluster>/courses/<slug:course>/outside/", desk.outside, name="outside"),
    path("clusters/<slug:cluster>/courses/<slug:course>/outside/put/", tools.choose, name="put-tool"),
]
