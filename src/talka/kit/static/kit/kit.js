/* Small comforts; every page works without them. */
"use strict";

/* Menus: one open at a time, closed by Escape and by a click beside them. */
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

/* The summary of errors takes the focus, so that nobody has to look for it. */
document.querySelector("form:not([data-sample]) .summary-of-errors")?.focus();

/* Drafts: what is typed into <textarea data-draft="KEY"> is kept on this device until the form is sent and taken. */
const words = document.currentScript.dataset;

for (const area of document.querySelectorAll("textarea[data-draft]")) {
  const key = "draft:" + area.dataset.draft;
  const first = area.value;
  const note = document.createElement("p");
  note.className = "saved";
  note.setAttribute("role", "status");
  area.after(note);
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(key)); } catch { /* storage is closed: nothing to restore */ }
  if (kept && kept.text !== first && kept.from === first) {
    area.value = kept.text;
    const drop = document.createElement("button");
    drop.type = "button"; drop.className = "linklike"; drop.textContent = words.drop;
    drop.addEventListener("click", () => { area.value = first; localStorage.removeItem(key); note.replaceChildren(); area.focus(); });
    note.replaceChildren(words.back + " ", drop);
  }
  let timer = 0;
  const keep = () => {
    clearTimeout(timer);
    try {
      if (area.value === first) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify({ text: area.value, from: first, at: Date.now() }));
      /* Read back: the words claim only what is really there. */
      const there = localStorage.getItem(key);
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      note.textContent = area.value === first ? "" : there && JSON.parse(there).text === area.value ? `${words.saved}, ${time}` : words.not;
    } catch { note.textContent = words.not; }
  };
  area.addEventListener("input", () => { clearTimeout(timer); note.textContent = ""; timer = setTimeout(keep, 600); });
  addEventListener("pagehide", () => { if (timer) keep(); });
}
/* A page that says that a draft was taken (<meta name="draft-taken" content="KEY">) clears it. */
for (const taken of document.querySelectorAll("[data-draft-taken]")) try { localStorage.removeItem("draft:" + taken.dataset.draftTaken); } catch { /* nothing was kept */ }

/* Copy a link or a code: <button data-copy="text">. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.dataset.said ??= button.textContent;
  button.textContent = button.dataset.copied || "✓";
  setTimeout(() => { button.textContent = button.dataset.said; }, 2000);
});
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });
/* What was saved on this device for one person goes when they sign out; what waits to be sent stays for them. */
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-sign-out]") || !window.caches) return;
  caches.keys().then((names) => { for (const name of names) if (/^(new:)?for:/.test(name) || name === "who") caches.delete(name); });
});
