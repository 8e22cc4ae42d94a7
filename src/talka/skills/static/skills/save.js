// Saves a form while it is being filled in. Without this script the form saves when its page is left.
// One request at a time, the newest state wins; "saved" is said only after the server has said so; nothing is written back into fields.
for (const form of document.querySelectorAll("form[data-save]")) {
  const status = form.querySelector("[data-save-status]");
  let waiting = null, busy = false, dirty = false;
  const say = (name) => { if (status) { status.textContent = status.dataset[name] || ""; } };
  const save = async () => {
    if (busy) { dirty = true; return; }
    busy = true; dirty = false; say("saving");
    const data = new FormData(form);
    data.append("autosave", "1");
    let fine = false;
    try { fine = (await fetch(form.action || location.href, { method: "POST", body: data, redirect: "error" })).ok; } catch { fine = false; }
    busy = false;
    if (dirty) { save(); return; }
    say(fine ? "saved" : "failed");
    if (!fine) { waiting = setTimeout(save, 8000); }
  };
  const soon = (delay) => { clearTimeout(waiting); waiting = setTimeout(save, delay); };
  form.addEventListener("change", () => soon(150));
  form.addEventListener("input", (event) => { if (event.target.matches("textarea, input[type=text], input[type=number]")) { soon(1500); } });
  form.addEventListener("submit", () => clearTimeout(waiting));
}
