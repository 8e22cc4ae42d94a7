/* In the content's frame: messages to the page around it. Each is kept until the page says that it is saved;
   what still waits when the frame goes is sent to the content's own door. */
"use strict";
(() => {
  // A sandboxed page has neither storage nor cookies, and asking for them is an error that stops many contents. They get empty ones
  // that live as long as the page.
  for (const name of ["localStorage", "sessionStorage"]) {
    try { window[name].length; } catch {
      const kept = new Map();
      const storage = {
        getItem: (key) => kept.has(String(key)) ? kept.get(String(key)) : null,
        setItem: (key, value) => { kept.set(String(key), String(value)); },
        removeItem: (key) => { kept.delete(String(key)); },
        clear: () => kept.clear(),
        key: (n) => [...kept.keys()][n] ?? null,
        get length() { return kept.size; },
      };
      Object.defineProperty(window, name, { value: storage, configurable: true });
    }
  }
  try { document.cookie; } catch { Object.defineProperty(document, "cookie", { get: () => "", set() {}, configurable: true }); }
})();
window.talkaSpeak = (() => {
  const given = window.talkaGiven;
  // Remembered before a unit gets something else in its place.
  const page = window.parent;
  const waiting = new Map();
  let n = 0, leaving = false;

  function say(message) { page.postMessage({ talka: 1, ...message }, "*"); }

  /** Says it until it is saved; in a page that is going, to the door at once. */
  function keep(message) {
    n += 1;
    waiting.set(n, message);
    say({ n, ...message });
    if (leaving) flush();
  }

  function flush() {
    if (!given.keep || !waiting.size) return;
    const body = JSON.stringify([...waiting.values()].slice(-100));
    waiting.clear();
    // keepalive carries at most 64 kB; what is larger was said to the page, which sends it on.
    if (body.length < 63000) fetch(given.keep, { method: "POST", body, keepalive: true, credentials: "omit", mode: "no-cors" }).catch(() => {});
  }

  addEventListener("message", (event) => {
    if (event.source === page && event.data && event.data.talka === 1) waiting.delete(event.data.done);
  });
  addEventListener("pagehide", () => { leaving = true; flush(); });
  addEventListener("pageshow", () => { leaving = false; });
  return { keep, say };
})();
