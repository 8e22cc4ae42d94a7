/* In the content's frame: SCORM's run-time (scorm-again) for the unit, in a page around it where content has an origin of its own,
   else in the unit's own page. What the unit sets goes to the page around; a move to another page of the unit carries it along. */
"use strict";
(() => {
  const given = window.talkaGiven, { keep, say } = window.talkaSpeak;
  const old = given.kind === "scorm12";
  const prefix = old ? "LMS" : "";
  const api = new (old ? window.Scorm12API : window.Scorm2004API)({ autocommit: false, lmsCommitUrl: false, logLevel: 5 });
  let carried = {};
  try {
    const named = JSON.parse(window.name || "{}");
    if (named.talka === given.sitting) carried = named.values;
  } catch { /* the name is the unit's own */ }
  api.loadFromFlattenedJSON({ ...given.values, ...carried });

  let changes = {}, timer = 0, request = "";
  function send(more) {
    clearTimeout(timer);
    timer = 0;
    const values = changes;
    changes = {};
    if (Object.keys(values).length || more.tells) keep({ what: "scorm", values, ...more });
  }
  api.on(prefix + "SetValue.cmi.*", (element, value) => {
    changes[element] = String(value);
    carried[element] = String(value);
    if (!given.around) {
      try { window.name = JSON.stringify({ talka: given.sitting, values: carried }); } catch { /* too large: the page has it */ }
    }
    timer = timer || setTimeout(() => send({}), 1000);
  });
  if (!old) api.on("SetValue.adl.nav.request", (element, value) => { request = String(value); });
  api.on(prefix + "Commit", () => send({ tells: true }));
  api.on(old ? "LMSFinish" : "Terminate", () => {
    send({ tells: true, ends: true });
    say({ what: "over", next: request });
  });
  api.on(prefix + "Initialize", () => say({ what: "ready" }));
  addEventListener("pagehide", () => { if (Object.keys(changes).length) send({ tells: true }); });

  const name = old ? "API" : "API_1484_11";
  window[name] = api;
  if (given.around) {
    const frame = document.createElement("iframe");
    frame.src = given.root + given.href;
    frame.allow = "fullscreen; autoplay";
    frame.title = document.title;
    document.body.append(frame);
    return;
  }
  // Units look for the API in the windows around them, and must not look into the page, which is closed to them.
  const around = { [name]: api, opener: null, document: { title: "" }, location: { href: "" }, postMessage() {} };
  around.parent = around;
  around.top = around;
  try {
    Object.defineProperty(window, "parent", { value: around, configurable: true });
    Object.defineProperty(window, "opener", { value: null, configurable: true });
  } catch { /* a browser that forbids it: units that look at themselves first still find the API */ }
})();
