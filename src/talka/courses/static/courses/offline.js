/* "Save for offline", and what waits to be sent. Without a service worker this file does nothing. */
"use strict";
(() => {
  const bar = document.querySelector("[data-offline]"), list = document.querySelector("[data-saved-lessons]");
  if ((!bar && !list) || !("serviceWorker" in navigator) || !window.caches) return;
  const words = (bar || list).dataset, say = (text, values) => Object.entries(values || {}).reduce((t, [name, v]) => t.replace(`{${name}}`, v), text);
  const tell = async (message) => (await navigator.serviceWorker.ready).active.postMessage(message);
  const day = (at) => new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const size = (bytes) => `${(bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} MB`;
  const make = (tag, text, css) => { const made = document.createElement(tag); made.textContent = text || ""; if (css) made.className = css; return made; };
  const button = (text, act) => { const made = make("button", text, "linklike"); made.type = "button"; made.addEventListener("click", act); return made; };
  /* What a person did themselves; how long a page was open is sent too, but nobody waits for that. */
  const own = (item) => /\/(answer|done)\/$/.test(item.path);
  const metaOf = async (name) => { const found = await (await caches.open(name)).match("/meta"); return found ? found.json() : null; };

  /* Everything that a page shows: styles, scripts, pictures, films with captions, files of its course. */
  const partsOf = (html, base) => {
    const made = new DOMParser().parseFromString(html, "text/html"), found = new Set();
    const add = (address) => { const url = new URL(address, base); if (url.origin === location.origin) { url.hash = ""; found.add(url.href); } };
    for (const one of made.querySelectorAll("link[rel=stylesheet][href], link[rel=icon][href]")) add(one.getAttribute("href"));
    for (const one of made.querySelectorAll("script[src], img[src], video[src], audio[src], source[src], track[src]")) add(one.getAttribute("src"));
    for (const one of made.querySelectorAll("a[href$='.pdf'], a[download][href]")) add(one.getAttribute("href"));
    return found;
  };
  const whole = async (url, headers) => {
    const answer = await fetch(url, { headers, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(`${answer.status} ${url}`);
    return answer;
  };

  if (bar) {
    const name = `for:${bar.dataset.user}:${bar.dataset.name}`, line = bar.querySelector("[data-line]"), told = bar.querySelector("[data-told]");
    let waited = 0, pending = 0;
    const save = async () => {
      line.textContent = words.saving;
      try {
        await navigator.serviceWorker.register(bar.dataset.worker, { scope: "/" });
        await navigator.serviceWorker.ready;
        await tell({ type: "who", user: bar.dataset.user });
        const lesson = await (await whole(bar.dataset.lesson)).json(), fresh = `new:${name}`;
        await caches.delete(fresh);
        const cache = await caches.open(fresh), parts = new Set();
        let bytes = 0, done = 0;
        const keep = async (url, answer) => { bytes += (await answer.clone().blob()).size; await cache.put(url, answer); };
        for (const page of lesson.pages) {
          const answer = await whole(page.url, { "X-Talka-Save": "1" });
          for (const part of partsOf(await answer.clone().text(), new URL(page.url, location))) parts.add(part);
          await keep(page.url, answer);
        }
        for (const url of parts) { line.textContent = `${words.saving} ${++done}/${parts.size}`; await keep(url, await whole(url)); }
        await cache.put("/meta", new Response(JSON.stringify({ ...lesson, bytes, at: Date.now() })));
        /* The new copy takes the old one's place only when it is whole. */
        await caches.delete(name);
        const target = await caches.open(name);
        for (const request of await cache.keys()) await target.put(request, await cache.match(request));
        await caches.delete(fresh);
        try { await navigator.storage?.persist?.(); } catch { /* the browser decides */ }
      } catch (trouble) {
        await caches.delete(`new:${name}`);
        line.replaceChildren(trouble.name === "QuotaExceededError" ? words.full : words.failed, " ", button(words.again, save));
        return;
      }
      show();
    };
    const show = async () => {
      const meta = await caches.has(name) ? await metaOf(name) : null;
      if (!meta) { line.replaceChildren(button(words.save, save)); return; }
      const all = make("a", words.allText); all.href = bar.dataset.all;
      line.replaceChildren(say(words.saved, { at: day(meta.at), size: size(meta.bytes) }), " ", button(words.update, save), " · ", button(words.remove, async () => { await caches.delete(name); show(); }), " · ", all);
    };
    navigator.serviceWorker.addEventListener("message", ({ data }) => {
      if (data?.type !== "state") return;
      const mine = data.waiting.filter((row) => row.user === bar.dataset.user), waiting = mine.filter(own).length;
      told.replaceChildren();
      if (waiting) told.textContent = say(words.waiting, { n: waiting });
      else if (waited) told.replaceChildren(words.sent, " ", button(words.reload, () => location.reload()));
      if (data.refused.length) { const link = make("a", words.refused); link.href = bar.dataset.all; told.append(" ", link); }
      pending = mine.length; waited = waiting;
    });
    navigator.serviceWorker.getRegistration("/").then((known) => {
      if (!known) return;
      tell({ type: "who", user: bar.dataset.user }).then(() => tell({ type: "flush" }));
      addEventListener("online", () => tell({ type: "flush" }));
      /* A line that comes back without the browser noticing: ask again while something waits. */
      setInterval(() => { if (pending) tell({ type: "flush" }); }, 15000);
    });
    bar.hidden = false;
    show();
  }

  if (list) {
    const needs = document.querySelector("[data-needs-line]");
    needs.hidden = location.search !== "?line";
    const waiting = document.querySelector("[data-waiting]"), refused = document.querySelector("[data-refused]"), none = document.querySelector("[data-none]");
    const titles = new Map();
    const show = async () => {
      list.replaceChildren();
      for (const name of (await caches.keys()).filter((n) => n.startsWith("for:"))) {
        const meta = await metaOf(name);
        if (!meta) continue;
        const card = make("section", "", "card"), pages = make("ul", "", "rows");
        const title = make("h2", meta.lesson), course = make("span", meta.course), line = make("p", "", "meta");
        line.append(course, ` · ${say(words.saved, { at: day(meta.at), size: size(meta.bytes) })}`);
        card.append(title, line);
        /* The course's own words are in its language, all others in the page's. */
        for (const one of [title, course, pages]) one.lang = meta.language;
        for (const page of meta.pages) { const row = make("li"), link = make("a", page.title); link.href = page.url; row.append(link); pages.append(row); titles.set(page.url, page.title); }
        card.append(pages, button(words.remove, async () => { await caches.delete(name); show(); }));
        list.append(card);
      }
      none.hidden = list.children.length > 0;
    };
    const rows = (place, items, text) => {
      place.closest("section").hidden = !items.length;
      place.replaceChildren(...items.map((item) => { const row = make("li", text(item)); return row; }));
    };
    navigator.serviceWorker.addEventListener("message", ({ data }) => {
      if (data?.type !== "state") return;
      const where = (item) => [...titles].find(([url]) => item.path.startsWith(url))?.[1] || item.path.split("/").slice(2, -2).join(" / ");
      rows(waiting, data.waiting.filter(own), (item) => `${day(item.at)} · ${where(item)}`);
      rows(refused, data.refused, (item) => `${day(item.at)} · ${item.why}`);
      for (const [n, row] of [...refused.children].entries()) row.append(" ", button(words.forget, () => tell({ type: "forget", id: data.refused[n].id })));
    });
    /* What waits is named by the topics that are saved here, so those are read first. */
    show().then(() => navigator.serviceWorker.getRegistration("/")).then((known) => { if (known) tell({ type: "flush" }); });
  }
})();
