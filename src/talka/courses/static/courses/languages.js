// The translators' desk: keys, and taking the source over without a new page. All of it works without this file.
(() => {
  const form = document.querySelector("[data-translate]");
  if (!form) return;
  const fields = [...form.querySelectorAll("textarea")];
  const open = (field) => !field.value.trim() || field.dataset.state === "stale";
  form.querySelector(".keys").hidden = false;
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (!button) return;
    event.preventDefault();
    const field = document.getElementById(button.value);
    field.value = button.dataset.take;
    field.focus();
    changed = true;
  });
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    if (event.key === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[value=save]"));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const here = fields.indexOf(document.activeElement);
      const next = [...fields.slice(here + 1), ...fields.slice(0, here + 1)].find(open);
      if (next) { next.focus(); next.scrollIntoView({ block: "center" }); }
    }
  });
})();
