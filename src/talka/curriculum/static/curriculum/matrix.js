/* The grid in place: arrows move, letters and digits fill a cell, the form above does the same by touch. Without it each row has its own form. */
"use strict";
{
  const table = document.querySelector("#matrix[data-edit]");
  const form = document.querySelector("#cell");
  const cells = table ? [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("td")]).filter((row) => row.length) : [];
  if (cells.length && form) {
    const at = new Map();
    cells.forEach((row, y) => row.forEach((cell, x) => at.set(cell, [y, x])));
    const what = form.querySelector(".what");
    const state = form.querySelector(".state");
    const undo = form.querySelector(".undo");
    const past = [];
    const digits = { 1: "1", 2: "2", 3: "3", 4: "4", 5: "5", 6: "6" };
    const depths = { i: "1", r: "2", m: "3" };
    let here = cells[0][0];
    let turn = Promise.resolve();
    here.tabIndex = 0;

    const keys = (cell) => cell.id.split("-").slice(1);
    const stored = (cell) => ({
      taught: (cell.className.match(/\bd([123])\b/) || ["", ""])[1],
      assessed: cell.querySelector("i")?.textContent || "",
    });
    const show = (cell) => {
      const [outcome, topic] = keys(cell);
      const row = document.getElementById(`o-${outcome}`);
      what.textContent = `${(row.querySelector("a") || row).textContent.trim()} × ${document.getElementById(`t-${topic}`).textContent.trim()}`;
      const is = stored(cell);
      for (const radio of form.elements.taught) radio.checked = radio.value === is.taught;
      form.elements.assessed.value = is.assessed;
      form.hidden = false;
    };
    const choose = (cell, focus = true) => {
      here.tabIndex = -1; here.classList.remove("chosen");
      here = cell;
      here.tabIndex = 0; here.classList.add("chosen");
      if (focus) here.focus();
      show(here);
    };
    const write = async (cell, change, back = false) => {
      const [outcome, topic] = keys(cell);
      const was = stored(cell);
      const data = new FormData(form);
      for (const [name, value] of Object.entries({ ...was, ...change, outcome, topic })) data.set(name, value);
      try {
        const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" });
        const came = await answer.json();
        if (!answer.ok) throw new Error(came.error);
        cell.className = came.css; cell.innerHTML = came.html; cell.title = came.said;
        document.querySelector("#findings-n").textContent = came.findings;
        if (back) past.pop(); else past.push({ cell, was });
        state.textContent = `${form.dataset.saved}: ${came.said}.`;
      } catch (trouble) {
        state.textContent = trouble instanceof TypeError || trouble instanceof SyntaxError ? form.dataset.lost : trouble.message;
      }
      cell.classList.remove("waits");
      undo.hidden = !past.length;
      if (cell === here) { cell.classList.add("chosen"); show(cell); }
    };
    /* One after another, so that the last key wins on the server too. */
    const save = (cell, change) => {
      cell.classList.add("waits");
      turn = turn.then(() => write(cell, change));
    };
    /* What was changed since the page was opened goes back step by step, the newest first. */
    const takeBack = () => {
      turn = turn.then(() => {
        const last = past.at(-1);
        if (!last) return null;
        choose(last.cell);
        last.cell.classList.add("waits");
        return write(last.cell, last.was, true);
      });
    };
    undo.addEventListener("click", takeBack);
    for (const place of [table, form]) place.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "z") { takeBack(); event.preventDefault(); }
    });
    table.addEventListener("click", (event) => { const cell = event.target.closest("tbody td"); if (cell) choose(cell); });
    table.addEventListener("focusin", (event) => { if (at.has(event.target) && event.target !== here) choose(event.target, false); else if (event.target === here) { here.classList.add("chosen"); show(here); } });
    table.addEventListener("keydown", (event) => {
      if (!at.has(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const [y, x] = at.get(event.target);
      const rtl = document.dir === "rtl" ? -1 : 1;
      const ways = { ArrowUp: [y - 1, x], ArrowDown: [y + 1, x], ArrowLeft: [y, x - rtl], ArrowRight: [y, x + rtl], Home: [y, 0], End: [y, cells[y].length - 1], PageUp: [Math.max(0, y - 8), x], PageDown: [Math.min(cells.length - 1, y + 8), x] };
      const key = event.key.toLowerCase();
      const way = ways[event.key];
      if (way) { const to = cells[way[0]]?.[way[1]]; if (to) choose(to); }
      else if (key in depths) save(here, { taught: stored(here).taught === depths[key] ? "" : depths[key] });
      else if (key in digits) save(here, { assessed: stored(here).assessed === key ? "" : key });
      else if (key === "a") save(here, { assessed: stored(here).assessed ? "" : here.parentElement.dataset.level });
      else if (event.key === "Delete" || event.key === "Backspace") save(here, { taught: "", assessed: "" });
      else if (event.key === "Enter" || event.key === " ") form.querySelector("[name=taught]:checked").focus();
      else return;
      event.preventDefault();
    });
    form.addEventListener("change", () => save(here, { taught: form.querySelector("[name=taught]:checked")?.value || "", assessed: form.elements.assessed.value }));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("keydown", (event) => { if (event.key === "Escape") here.focus(); });
    const asked = location.hash && document.getElementById(location.hash.slice(1));
    if (asked && at.has(asked)) choose(asked);
  }
}
