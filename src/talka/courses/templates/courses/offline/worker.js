/* Looks after what was saved on this device: shows it without a line, keeps what cannot be sent, and delivers it once, in order. */
"use strict";
const SHELL = {{ shell|safe }}, SAVED = "{{ saved }}", SYNC = "{{ sync }}";
const SHELL_NAME = "shell:" + SHELL.join(" ");
const LATER = /^\/learn\/[^/]+\/[^/]+\/(?:done|seen|[^/]+\/(?:answer|watch))\/$/;
const PATIENCE = 5000, MOST = 50;

/* The queue, and what was refused, in a small database of this device. */
const open = () => new Promise((resolve, reject) => {
  const asked = indexedDB.open("talka", 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("queue", { keyPath: "n", autoIncrement: true });
    asked.result.createObjectStore("refused", { keyPath: "id" });
  };
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});
const work = async (store, mode, verb) => {
  const base = await open();
  try {
    return await new Promise((resolve, reject) => {
      const step = base.transaction(store, mode), asked = verb(step.objectStore(store));
      step.oncomplete = () => resolve(asked.result);
      step.onerror = step.onabort = () => reject(step.error);
    });
  } finally { base.close(); }
};
const all = (store) => work(store, "readonly", (s) => s.getAll());
const put = (store, row) => work(store, "readwrite", (s) => s.put(row));
const drop = (store, key) => work(store, "readwrite", (s) => s.delete(key));

/* Whose device this is now. */
const who = async () => (await (await caches.open("who")).match("/who"))?.text() ?? "";
const setWho = async (user) => (await caches.open("who")).put("/who", new Response(user));

const announce = async () => {
  const state = { type: "state", waiting: await all("queue"), refused: await all("refused") };
  for (const client of await clients.matchAll({ includeUncontrolled: true })) client.postMessage(state);
};

addEventListener("install", (event) => event.waitUntil((async () => {
  const shell = await caches.open(SHELL_NAME);
  /* As somebody signed out would get it: nothing of a person stays in it. */
  for (const url of SHELL) await shell.put(url, await fetch(url, { credentials: "omit", cache: "reload" }));
  await skipWaiting();
})()));
addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("shell:") && name !== SHELL_NAME) await caches.delete(name);
  await clients.claim();
  flush();
})()));

/* Reading */
const kept = async (url) => {
  const mine = `for:${await who()}:`;
  for (const name of await caches.keys()) {
    if (!name.startsWith(mine) && name !== SHELL_NAME) continue;
    const found = await (await caches.open(name)).match(url, { ignoreSearch: true, ignoreVary: true });
    if (found) return found;
  }
  return undefined;
};
const page = async (request) => {
  const line = fetch(request).then((answer) => { flush(); return answer; });
  const copy = await kept(request.url);
  if (!copy) return line.catch(() => kept(SAVED).then((shell) => shell || Response.error()));
  const patience = new Promise((resolve) => { setTimeout(() => resolve(copy), PATIENCE); });
  return Promise.race([line, patience]).catch(() => copy);
};
/* A player asks for parts of a film; what is saved is the whole. */
const slice = async (whole, range) => {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  if (!asked) return whole;
  const blob = await whole.blob(), size = blob.size;
  const start = asked[1] ? Number(asked[1]) : Math.max(0, size - Number(asked[2]));
  const end = asked[1] && asked[2] ? Math.min(Number(asked[2]), size - 1) : size - 1;
  if (start > end) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${size}` } });
  const headers = { "Content-Type": whole.headers.get("Content-Type") || "", "Content-Range": `bytes ${start}-${end}/${size}`, "Accept-Ranges": "bytes" };
  return new Response(blob.slice(start, end + 1), { status: 206, headers });
};
const part = async (request, url) => {
  /* Files of a release carry their content in their names: what is kept is right. */
  if (url.pathname.startsWith("/static/")) return (await kept(request.url)) || fetch(request);
  try { return await fetch(request); } catch (gone) {
    const copy = await kept(request.url);
    if (!copy) throw gone;
    const range = request.headers.get("range");
    return range ? slice(copy, range) : copy;
  }
};

/* Writing */
const later = async (request, url) => {
  const copy = request.clone();
  if ((await all("queue")).length) await flush();
  try { return await fetch(request); } catch { /* no line: keep it */ }
  const fields = [], form = await copy.formData();
  for (const [name, value] of form) {
    if (typeof value !== "string") return Response.error();
    if (name !== "csrfmiddlewaretoken") fields.push([name, value]);
  }
  const user = await who();
  if (!user) return Response.error();
  const id = url.pathname.endsWith("/answer/") && form.get("token") || crypto.randomUUID();
  if (!(await all("queue")).some((row) => row.id === id)) await put("queue", { id, user, path: url.pathname, fields, at: new Date().toISOString() });
  announce();
  try { await registration.sync?.register("deliver"); } catch { /* the page asks again when there is a line */ }
  if (request.mode !== "navigate") return new Response(null, { status: 202, headers: { "X-Talka-Kept": "1" } });
  const next = form.get("next");
  return Response.redirect(new URL(url.pathname.endsWith("/done/") && next ? `../../${encodeURIComponent(next)}/` : url.pathname.endsWith("/answer/") ? "../../" : "../", url).href);
};
addEventListener("fetch", (event) => {
  const request = event.request, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && LATER.test(url.pathname)) event.respondWith(later(request, url));
  else if (request.method === "POST" && request.mode === "navigate" && url.pathname.startsWith("/learn/")) {
    event.respondWith(fetch(request).catch(() => Response.redirect(new URL(`${SAVED}?line`, url).href)));
  } else if (request.method === "GET" && request.mode === "navigate") event.respondWith(page(request));
  else if (request.method === "GET" && request.cache !== "only-if-cached") event.respondWith(part(request, url));
});

/* Delivering: one at a time, in order, gone from the queue only when the server has said what became of it. */
let running = null;
const flush = () => { running ??= deliver().catch(() => {}).finally(() => { running = null; }); return running; };
const deliver = async () => {
  for (;;) {
    const waiting = await all("queue");
    if (!waiting.length) return;
    const door = await fetch(SYNC, { credentials: "same-origin", cache: "no-store" });
    if (!door.ok) return;
    const here = await door.json(), mine = waiting.filter((row) => row.user === here.user).slice(0, MOST);
    if (!mine.length) return;
    const items = mine.map(({ id, path, fields, at }) => ({ id, path, fields, at }));
    const answer = await fetch(SYNC, {
      method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRFToken": here.token },
      body: JSON.stringify({ sent_at: new Date().toISOString(), items }),
    });
    if (!answer.ok) return;
    const fates = new Map((await answer.json()).items.map((one) => [one.id, one]));
    for (const row of mine) {
      const fate = fates.get(row.id);
      if (!fate) return;
      if (fate.outcome === "refused") await put("refused", { ...row, why: fate.why });
      await drop("queue", row.n);
    }
    await announce();
  }
};
addEventListener("sync", (event) => { if (event.tag === "deliver") event.waitUntil(flush()); });
addEventListener("message", (event) => event.waitUntil((async () => {
  const { type } = event.data || {};
  if (type === "who") await setWho(event.data.user);
  if (type === "forget") await drop("refused", event.data.id);
  if (type === "flush") await flush();
  await announce();
})()));
