// Files of a topic in the editor: sent as soon as they are chosen, named in the field, with the reason where one is refused.
(() => {
  const root = document.documentElement;
  const words = () => document.getElementById("talka-editor-words")?.dataset ?? {};
  const topic = () => location.pathname.match(/\/courses\/topic\/(?:edit|history)\/(\d+)\//)?.[1];
  const address = () => words().files.replace("/0/", `/${topic()}/`);
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

  const say = (field, text, bad = false) => {
    const line = field.querySelector(".file-says");
    line.textContent = text;
    line.classList.toggle("bad", bad);
  };

  const put = (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // A film that is sent says itself how long it plays.
  const fill = (field, seconds) => {
    const name = field.querySelector("input:not([type=file])").name;
    const other = document.getElementsByName(name.replace(/-src$/, "-seconds"))[0];
    if (seconds && other && other.name !== name) put(other, String(seconds));
  };

  const show = (field, file) => {
    field.querySelector("img")?.remove();
    if (!file.picture) return;
    const picture = document.createElement("img");
    picture.src = file.url;
    picture.alt = "";
    picture.className = "file-seen";
    field.append(picture);
  };

  // Large films take minutes: how far it is stands beside the field, and can be stopped. What is stopped leaves nothing behind.
  const post = (field, data) => new Promise((done, fail) => {
    const request = new XMLHttpRequest(), bar = document.createElement("progress"), stop = document.createElement("button"), line = field.querySelector(".file-says");
    bar.max = 1; bar.value = 0; bar.setAttribute("aria-label", words().sending);
    stop.type = "button"; stop.className = "button button-small button-secondary"; stop.textContent = words().cancel;
    stop.addEventListener("click", () => request.abort());
    line.after(bar, stop);
    let said = 0;
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = event.loaded / event.total;
      const percent = Math.floor(100 * bar.value);
      // Said aloud by screen readers too, so not at every step.
      if (percent >= said + 10) { said = percent - percent % 10; say(field, `${words().sending} ${said} %`); }
    });
    request.upload.addEventListener("load", () => { bar.removeAttribute("value"); say(field, words().saving); });
    request.addEventListener("loadend", () => { bar.remove(); stop.remove(); });
    request.addEventListener("abort", () => done(null));
    request.addEventListener("error", fail);
    request.addEventListener("load", () => {
      try { done({ ok: request.status < 300, told: JSON.parse(request.responseText) }); } catch (trouble) { fail(trouble); }
    });
    request.open("POST", address());
    request.setRequestHeader("X-CSRFToken", token());
    request.send(data);
  });

  const send = async (field, file) => {
    const input = field.querySelector("input:not([type=file])");
    if (!topic()) return say(field, words().first, true);
    const most = Number(field.dataset.most);
    // The server says the same; but only after all of it was sent.
    if (file.size > most * 1e6) return say(field, words().large.replace("{size}", Math.ceil(file.size / 1e6)).replace("{most}", most), true);
    say(field, words().sending);
    const data = new FormData();
    data.append("file", file);
    data.append("wanted", field.dataset.file);
    try {
      const answer = await post(field, data);
      if (answer === null) return say(field, "");
      if (!answer.ok) return say(field, answer.told.says, true);
      put(input, answer.told.name);
      fill(field, answer.told.seconds);
      show(field, answer.told);
      say(field, words().kept.replace("{name}", answer.told.called));
    } catch {
      say(field, words().lost, true);
    }
  };

  const fits = { picture: /\.(png|jpe?g|webp|svg)$/, film: /\.(mp4|webm)$/, audio: /\.(mp3|ogg|m4a|webm)$/, captions: /\.vtt$/, transcript: /\.md$/, document: /\.(pdf|docx|xlsx|pptx|od[tsp])$/ };

  const list = async (field) => {
    field.querySelector(".file-list")?.remove();
    if (!topic()) return say(field, words().first, true);
    try {
      const told = await (await fetch(address(), { credentials: "same-origin" })).json();
      const some = told.files.filter((file) => fits[field.dataset.file].test(file.name));
      if (!some.length) return say(field, words().none);
      const box = document.createElement("span");
      box.className = "file-list";
      for (const file of some) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "button button-small button-secondary";
        button.textContent = file.name;
        button.addEventListener("click", () => {
          put(field.querySelector("input:not([type=file])"), file.name);
          fill(field, file.seconds);
          show(field, file);
          box.remove();
        });
        box.append(button);
      }
      field.append(box);
    } catch {
      say(field, words().lost, true);
    }
  };

  // Two authors in one topic: nothing is overwritten here, so the editor's own warning would be untrue.
  const warning = document.getElementById("subtitle-w-save-confirmation-dialog");
  if (warning && topic()) {
    new MutationObserver(() => {
      const newer = document.querySelector("template[data-w-teleport-target-value='#subtitle-w-save-confirmation-dialog']");
      if (newer && warning.textContent !== words().both) warning.textContent = words().both;
    }).observe(warning, { childList: true, characterData: true, subtree: true });
  }

  // The editor looks for changes only two seconds after it opens and takes what stands there then for old; whoever types sooner is saved too.
  const opened = performance.now();
  root.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-edit-form]");
    if (!form || performance.now() - opened > 3000) return;
    setTimeout(() => { form.dataset.wUnsavedForceValue = "true"; }, 3200);
  }, { capture: true, once: true });

  // What is to mend stands above with a link to each place: to the field itself, or as near as the page has it.
  const near = (id) => {
    for (let name = id; name.includes("-"); name = name.slice(0, name.lastIndexOf("-"))) {
      const found = document.getElementById(name) ?? document.querySelector(`input[type=hidden][name="${CSS.escape(name)}-count"], input[type=hidden][name="${CSS.escape(name)}-id"]`)?.parentElement;
      if (found) return found;
    }
    return null;
  };
  root.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-to-mend]");
    const place = link && near(link.getAttribute("href").slice(1));
    if (!place) return;
    event.preventDefault();
    document.querySelector("[role=tab]")?.click();
    for (let shut = place.closest("[hidden]"); shut; shut = shut.parentElement?.closest("[hidden]")) {
      document.querySelector(`[aria-controls="${CSS.escape(shut.id)}"][aria-expanded=false]`)?.click();
      if (shut.hidden) break;
    }
    const field = place.matches("input:not([type=hidden]), textarea, select") ? place : place.querySelector("input:not([type=hidden]):not([type=file]), textarea, select, button");
    place.scrollIntoView({ block: "center" });
    field?.focus({ preventScroll: true });
  });

  root.addEventListener("change", (event) => {
    const input = event.target.closest?.(".file-field input[type=file]");
    if (!input?.files.length) return;
    event.stopPropagation();
    send(input.closest(".file-field"), input.files[0]).finally(() => { input.value = ""; });
  }, true);
  root.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-file-list]");
    if (button) list(button.closest(".file-field"));
  });
})();
