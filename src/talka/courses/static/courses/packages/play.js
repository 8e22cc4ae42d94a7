/* The page around a package's content: hears its messages, sends them on for the person who is signed in, says what is saved. */
"use strict";
(() => {
  const box = document.querySelector("[data-play]");
  if (!box) return;
  const frame = box.querySelector("iframe"), status = document.querySelector("[data-play-status]");
  const say = (name) => { status.textContent = status.dataset[name] || ""; status.dataset.state = name; };
  const queue = [];
  let busy = false, wait = 1000, over = null;

  frame.src = frame.dataset.src;
  frame.hidden = false;

  addEventListener("message", (event) => {
    // Only our frame speaks here: its window, and the origin that its content has.
    if (event.source !== frame.contentWindow || event.origin !== box.dataset.origin) return;
    const said = event.data;
    if (!said || typeof said !== "object" || said.talka !== 1 || typeof said.what !== "string") return;
    switch (said.what) {
      case "scorm":
      case "xapi":
      case "state":
        if (Number.isSafeInteger(said.n)) take(said);
        break;
      case "size":
        if (Number.isFinite(said.height) && box.dataset.play === "h5p") frame.style.height = `${Math.min(Math.max(said.height + 8, 160), 20000)}px`;
        break;
      case "over":
        over = said.next === "continue" ? "next" : said.next === "previous" ? "previous" : null;
        leave();
        break;
      case "trouble":
        say("broken");
        break;
    }
  });

  function take(said) {
    if (!box.dataset.keep) {
      answer(said.n);
      return;
    }
    queue.push(said);
    say("saving");
    send();
  }

  function answer(n) { frame.contentWindow.postMessage({ talka: 1, done: n }, "*"); }

  async function send() {
    if (busy || !queue.length) return;
    busy = true;
    const some = queue.slice(0, 50);
    try {
      const response = await fetch(box.dataset.keep, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": box.dataset.csrf },
        body: JSON.stringify({ ticket: box.dataset.ticket, messages: some.map(({ talka, n, ...rest }) => rest) }),
      });
      if (response.status >= 500 || response.status === 429) throw new Error(String(response.status));
      queue.splice(0, some.length);
      some.forEach((one) => answer(one.n));
      wait = 1000;
      if (response.ok) {
        const told = await response.json();
        if (told.refused.length) console.warn("Not taken:", told.refused);
        say(told.refused.length ? "partly" : told.done ? "done" : "saved");
      } else {
        say("lost");
      }
      busy = false;
      queue.length ? send() : leave();
    } catch {
      say("offline");
      setTimeout(() => { busy = false; send(); }, wait);
      wait = Math.min(wait * 2, 30000);
    }
  }

  /** The content is over and asks for the next part: once all is saved, go there. */
  function leave() {
    const link = over && !queue.length && !busy && document.querySelector(`[data-play-${over}]`);
    if (link) link.click();
  }

  // What waits here when the page is left goes out beside it.
  addEventListener("pagehide", () => {
    if (!queue.length || !box.dataset.keep) return;
    const body = JSON.stringify({ ticket: box.dataset.ticket, messages: queue.map(({ talka, n, ...rest }) => rest) });
    if (body.length < 63000) {
      fetch(box.dataset.keep, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json", "X-CSRFToken": box.dataset.csrf }, body });
    }
  });

  const full = document.querySelector("[data-play-full]");
  if (full && frame.requestFullscreen) {
    full.hidden = false;
    full.addEventListener("click", () => frame.requestFullscreen());
  }
})();
