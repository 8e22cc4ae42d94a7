// Opens a topic of ours and tells a SCORM 1.2 platform when it is done.
(() => {
  const page = document.body.dataset, state = document.getElementById("state"), began = Date.now();
  const api = (() => {
    for (let w = window, n = 0; w && n < 10; n++) {
      try { if (w.API) return w.API; } catch { break; }
      if (w.parent === w) { w = w.opener; } else { w = w.parent; }
    }
    return null;
  })();
  const set = (name, value) => api && api.LMSSetValue(name, value);
  let finished = false;
  const spent = () => {
    const s = Math.floor((Date.now() - began) / 1000), two = (n) => String(n).padStart(2, "0");
    return `${String(Math.floor(s / 3600)).padStart(4, "0")}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  };
  const finish = () => {
    if (!api || finished) return;
    finished = true;
    set("cmi.core.session_time", spent());
    api.LMSCommit("");
    api.LMSFinish("");
  };
  if (api) {
    api.LMSInitialize("");
    if (api.LMSGetValue("cmi.core.lesson_status") === "not attempted") set("cmi.core.lesson_status", "incomplete");
    api.LMSCommit("");
  } else {
    state.textContent = page.alone;
  }
  document.getElementById("open").addEventListener("click", () => {
    window.open(`${page.launch}?for=${encodeURIComponent(location.origin)}`, "talka");
  });
  addEventListener("message", (event) => {
    if (event.origin !== page.origin || !event.data || event.data.talka !== page.topic || event.data.done !== true || !api || finished) return;
    set("cmi.core.lesson_status", "completed");
    api.LMSCommit("");
    state.textContent = page.done;
  });
  addEventListener("pagehide", finish);
})();
