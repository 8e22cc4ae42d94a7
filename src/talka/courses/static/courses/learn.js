/* The learner's pages with a little more comfort. Everything here works without it, only slower. */
"use strict";
(() => {
  /* Short words come in the page's language, with this script's own tag. */
  const words = document.currentScript.dataset;
  const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  const page = document.querySelector("[data-topic]");

  /* Beacons: what is sent when a page goes away. */
  const send = (url, values) => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ ...values, csrfmiddlewaretoken: csrf() })) body.append(name, value);
    return navigator.sendBeacon ? navigator.sendBeacon(url, body) : fetch(url, { method: "POST", body, keepalive: true });
  };

  /* Arrow keys lead to the neighbours, but never out of a field. */
  if (page) addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, video, audio, [contenteditable], .scroll, pre, .order, [tabindex='0']")) return;
    const to = event.key === "ArrowLeft" ? page.dataset.before : event.key === "ArrowRight" ? page.dataset.after : "";
    if (to) location.assign(to);
  });

  /* On a phone the outline begins folded. */
  const fold = document.querySelector(".outline-fold");
  if (fold && matchMedia("(max-width: 63.99rem)").matches) fold.open = false;

  /* Time before somebody's eyes, the place, the end. */
  if (page && page.dataset.enrolled) {
    let since = document.hidden ? 0 : performance.now(), seconds = 0, place = "", read = false;
    const flush = async (now) => {
      if (since) { seconds += (performance.now() - since) / 1000; since = document.hidden ? 0 : performance.now(); }
      const values = { seconds: Math.round(seconds), material: place };
      if (read) values.read = "1";
      seconds = 0;
      if (now) { send(page.dataset.seen, values); return; }
      const body = new FormData();
      for (const [name, value] of Object.entries({ ...values, csrfmiddlewaretoken: csrf() })) body.append(name, value);
      try { await fetch(page.dataset.seen, { method: "POST", body }); } catch { /* told again with the next report */ }
    };
    document.addEventListener("visibilitychange", () => { if (document.hidden) flush(true); else since = performance.now(); });
    const watcher = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        if (entry.target.dataset.material) place = entry.target.dataset.material;
        else if (!read) { read = true; flush(false); }
      }
    }, { threshold: 0.15 });
    for (const part of document.querySelectorAll("[data-material], [data-end]")) watcher.observe(part);
  }

  /* Exercises and cases answer in place. */
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    /* An author looks at a draft: everything opens and plays, nothing is sent. */
    if (form.closest("[data-preview]")) { event.preventDefault(); return; }
    if (!form.matches("[data-inplace]") || form.enctype === "multipart/form-data") return;
    const section = form.closest("[data-material]");
    const url = event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action;
    event.preventDefault();
    section.classList.add("busy");
    try {
      const answer = await fetch(url, { method: "POST", body: new FormData(form, event.submitter), headers: { "X-Talka-Piece": "1" }, redirect: "manual" });
      form.dataset.sent = "1";
      if (answer.status === 202) {
        /* Kept by this device: there is no line. */
        section.classList.remove("busy");
        const kept = document.createElement("p");
        kept.className = "say"; kept.setAttribute("role", "status"); kept.textContent = document.querySelector("[data-offline]")?.dataset.kept || words.unsaved;
        for (const part of form.elements) part.disabled = true;
        form.append(kept);
        return;
      }
      if (answer.status !== 200 && answer.status !== 422) throw new Error(answer.status);
      const made = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-material]");
      section.replaceWith(made);
      enhance(made);
      for (const draft of section.querySelectorAll("textarea[data-draft]")) localStorage.removeItem("draft:" + draft.dataset.draft);
      const said = made.querySelector(".say, .because, .hints li:last-child") || made.querySelector("[tabindex='-1']") || made;
      (made.querySelector("[tabindex='-1']") || made).focus({ preventScroll: true });
      said.scrollIntoView({ block: "nearest" });
    } catch (trouble) {
      section.classList.remove("busy");
      const line = form.querySelector("[data-line]");
      if (trouble instanceof TypeError && line) {
        /* No line: what was typed stays here, and the form's own mark lets it be sent again without counting twice. */
        line.textContent = words.noline;
        section.scrollIntoView({ block: "nearest" });
        return;
      }
      /* The plain way always works, and the form's own mark keeps it from counting twice. */
      form.removeAttribute("data-inplace");
      form.requestSubmit(event.submitter);
    }
  });

  /* Sheets, notes and quizzes save themselves; a window that is behind never overwrites newer typing. */
  const autosave = (form) => {
    const note = form.querySelector("[data-saved]");
    let timer = 0, busy = false, again = false, stopped = false;
    const save = async () => {
      if (busy) { again = true; return; }
      busy = true; again = false;
      try {
        const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
        if (answer.status === 409) {
          stopped = true;
          if (!form.elements.version) { note.textContent = words.over; return; }
          const button = document.createElement("button");
          button.className = "linklike"; button.textContent = words.compare;
          note.replaceChildren(`${words.newer} `, button);
        } else if (answer.ok) {
          const kept = await answer.json();
          if (kept.version !== undefined && form.elements.version) form.elements.version.value = kept.version;
          if (!again) note.textContent = `${words.saved} ${new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" })}`;
        } else throw new Error(answer.status);
      } catch { note.textContent = words.unsaved; timer = setTimeout(save, 8000); }
      finally { busy = false; if (again && !stopped) save(); }
    };
    form.addEventListener("input", () => { if (stopped) return; clearTimeout(timer); note.textContent = words.saving; timer = setTimeout(save, 900); });
    addEventListener("online", () => { if (timer && !stopped) save(); });
  };

  /* What is typed in an exercise and not sent waits on every device. */
  const keep = (form) => {
    let timer = 0, due = false;
    const send_now = async () => {
      clearTimeout(timer);
      if (!due || form.dataset.sent || !form.isConnected) return;
      due = false;
      try { await fetch(form.dataset.keep, { method: "POST", body: new FormData(form), keepalive: true }); } catch { due = true; timer = setTimeout(send_now, 8000); }
    };
    form.addEventListener("input", () => { due = true; clearTimeout(timer); timer = setTimeout(send_now, 1200); form.querySelector("[data-line]").textContent = ""; });
    document.addEventListener("visibilitychange", () => { if (document.hidden) send_now(); });
    addEventListener("pagehide", send_now);
  };

  /* Films: go on where one stopped, tell what was played. */
  const film = (video) => {
    const session = crypto.randomUUID ? crypto.randomUUID() : "";
    const stopped = parseFloat(video.dataset.position) || 0, length = parseFloat(video.dataset.length) || 0;
    let from = null;
    if (stopped > 1 && stopped < length - 2) video.addEventListener("loadedmetadata", () => { video.currentTime = stopped; }, { once: true });
    const tell = (verb, to) => {
      if (!page?.dataset.enrolled) return;
      const values = { verb, position: video.currentTime.toFixed(2), session };
      if (from !== null && to !== undefined && to > from) { values.from = from.toFixed(2); values.to = to.toFixed(2); }
      send(video.dataset.film, values);
    };
    let last = 0;
    video.addEventListener("playing", () => { if (from === null) { from = video.currentTime; tell("played"); } });
    video.addEventListener("timeupdate", () => { if (!video.seeking) last = video.currentTime; });
    video.addEventListener("pause", () => { tell("paused", last); from = null; });
    video.addEventListener("seeking", () => { if (from !== null) { tell("seeked", last); from = video.currentTime; } });
    addEventListener("pagehide", () => { if (from !== null) { tell("paused", last); from = null; } });
    const section = video.closest(".material");
    for (const place of section.querySelectorAll("[data-seek]")) {
      const button = document.createElement("button");
      button.type = "button"; button.className = "linklike"; button.textContent = place.textContent;
      button.addEventListener("click", () => { video.currentTime = parseFloat(place.dataset.seek); video.play(); video.scrollIntoView({ block: "nearest" }); });
      place.replaceChildren(button);
    }
  };

  /* Ordering by buttons and by dragging; the fields underneath stay the truth. */
  const order = (list) => {
    list.classList.add("enhanced");
    const number = () => [...list.children].forEach((row, n) => { row.querySelector("select").value = String(n + 1); });
    const live = document.createElement("p");
    live.className = "visually-hidden"; live.setAttribute("role", "status"); list.after(live);
    for (const row of list.children) {
      row.querySelector("select").tabIndex = -1;
      const box = document.createElement("span");
      box.className = "move";
      for (const [way, sign, name] of [[-1, "↑", words.up], [1, "↓", words.down]]) {
        const button = document.createElement("button");
        button.type = "button"; button.textContent = sign; button.setAttribute("aria-label", `${row.querySelector("label").textContent}: ${name}`);
        button.addEventListener("click", () => {
          const other = way < 0 ? row.previousElementSibling : row.nextElementSibling;
          if (!other) return;
          if (way < 0) other.before(row); else other.after(row);
          number(); button.focus(); list.dispatchEvent(new Event("input", { bubbles: true }));
          live.textContent = `${row.querySelector("label").textContent}: ${[...list.children].indexOf(row) + 1}`;
        });
        box.append(button);
      }
      row.querySelector(".pick").append(box);
      row.draggable = true;
      row.addEventListener("dragstart", (event) => { row.classList.add("dragged"); event.dataTransfer.effectAllowed = "move"; });
      row.addEventListener("dragend", () => { row.classList.remove("dragged"); number(); list.dispatchEvent(new Event("input", { bubbles: true })); });
      row.addEventListener("dragover", (event) => {
        const moving = list.querySelector(".dragged");
        if (!moving || moving === row) return;
        event.preventDefault();
        const box = row.getBoundingClientRect();
        if (event.clientY < box.top + box.height / 2) row.before(moving); else row.after(moving);
      });
    }
  };

  const enhance = (root) => {
    /* What is wider than the page is scrolled by keyboard too. */
    for (const wide of root.querySelectorAll(".prose table, .formula math")) if (wide.scrollWidth > wide.clientWidth) wide.setAttribute("tabindex", "0");
    for (const form of root.querySelectorAll("form[data-autosave]")) if (!form.closest("[data-preview]")) autosave(form);
    for (const form of root.querySelectorAll("form[data-keep]")) if (page?.dataset.enrolled) keep(form);
    for (const video of root.querySelectorAll("[data-film]")) film(video);
    for (const list of root.querySelectorAll("[data-order] .order")) if (!list.closest(".review")) order(list);
    for (const field of root.querySelectorAll("[data-hotspot]")) {
      if (field.closest(".review")) continue;
      const show = () => { for (const spot of field.querySelectorAll("[data-choice]")) spot.classList.toggle("picked", !!field.querySelector(`input[value="${spot.dataset.choice}"]:checked`)); };
      field.addEventListener("change", show);
      field.addEventListener("click", (event) => {
        const spot = event.target.closest("[data-choice]");
        if (spot) { field.querySelector(`input[value="${spot.dataset.choice}"]`).checked = true; show(); }
      });
    }
    for (const graphic of root.querySelectorAll("[data-infographic]")) {
      const show = () => { for (const spot of graphic.querySelectorAll("[data-spot]")) spot.classList.toggle("open", document.getElementById(spot.dataset.spot).open); };
      graphic.addEventListener("toggle", show, true);
      graphic.addEventListener("click", (event) => {
        const spot = event.target.closest("[data-spot]");
        if (!spot) return;
        const text = document.getElementById(spot.dataset.spot);
        text.open = !text.open;
        if (text.open) text.scrollIntoView({ block: "nearest" });
      });
    }
    for (const button of root.querySelectorAll("[data-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const section = button.closest(".material");
        document.documentElement.classList.toggle("printing", !!section);
        section?.classList.add("printed");
        print();
        section?.classList.remove("printed");
        document.documentElement.classList.remove("printing");
      });
    }
  };
  enhance(document);

  /* The clock of a quiz. */
  const clock = document.querySelector("[data-ends]");
  if (clock) {
    const ends = parseInt(clock.dataset.ends, 10) * 1000;
    const tick = () => {
      const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
      clock.textContent = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : words.over;
      const end = document.querySelector(".quiz-form [name=finish]");
      if (!left && end) { end.value = "sure"; end.click(); }
      if (!left) clearInterval(timer);
    };
    const timer = setInterval(tick, 1000); tick();
  }
})();
