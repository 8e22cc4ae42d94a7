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
    field.querySelectorAll(".file-frame, .file-hint").forEach((one) => one.remove());
    if (!file.picture) return;
    const picture = document.createElement("img"), frame = document.createElement("span");
    picture.src = file.url;
    picture.alt = "";
    picture.className = "file-seen";
    picture.draggable = false;
    frame.className = "file-frame";
    frame.append(picture);
    field.append(frame);
    const input = field.querySelector("input:not([type=file])");
    if (input.name.endsWith("-image")) drawn(frame, input);
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

  // Markdown with buttons above it, so that nobody needs to know the signs; each press can be taken back like typing.
  const type = (area, text) => {
    area.focus();
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const around = (sign) => (area) => {
    const { selectionStart: from, selectionEnd: to, value } = area, inner = value.slice(from, to);
    type(area, `${sign}${inner}${sign}`);
    if (!inner) area.setSelectionRange(from + sign.length, from + sign.length);
  };
  const before = (sign) => (area) => {
    const { value } = area, from = value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const end = value.indexOf("\n", area.selectionEnd), to = end < 0 ? value.length : end;
    area.setSelectionRange(from, to);
    const begin = from > 0 && value[from - 2] !== "\n" && !/^(- |## )/.test(value.slice(from, to)) ? "\n" : "";
    type(area, begin + value.slice(from, to).split("\n").map((line) => line.startsWith(sign) ? line.slice(sign.length) : sign + line).join("\n"));
  };
  const link = (area) => {
    const { selectionStart: from, selectionEnd: to, value } = area, inner = value.slice(from, to), address = /^https?:\/\/\S+$/.test(inner);
    type(area, address ? `[](${inner})` : `[${inner}](https://)`);
    const at = address || !inner ? from + 1 : from + inner.length + 3;
    area.setSelectionRange(at, address || !inner ? at : at + 8);
  };
  const marks = [["bold", around("**"), "b"], ["italic", around("*"), "i"], ["heading", before("## ")], ["list", before("- ")], ["link", link]];
  const equip = (area) => {
    if (area.previousElementSibling?.matches(".marks")) return;
    const bar = document.createElement("div");
    bar.className = "marks";
    bar.setAttribute("role", "group");
    for (const [name, press, key] of marks) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-small button-secondary";
      button.textContent = words()[name];
      if (key) button.title = `Ctrl+${key.toUpperCase()}`;
      // Pressing must not take the place in the text away.
      button.addEventListener("pointerdown", (event) => event.preventDefault());
      button.addEventListener("click", () => press(area));
      bar.append(button);
    }
    area.before(bar);
  };
  root.addEventListener("keydown", (event) => {
    const area = event.target.closest?.("textarea[data-markdown]");
    const mark = area && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && marks.find(([, , key]) => key === event.key.toLowerCase());
    if (mark) { event.preventDefault(); event.stopPropagation(); mark[1](area); }
  }, true);

  // Places on a picture are drawn; the numbers beside them say the same for those who type.
  const sides = ["x", "y", "w", "h"];
  const spotsOf = (input) => {
    const stem = input.name.replace(/-image$/, "-spots-");
    const found = [...document.querySelectorAll(`input[name^="${CSS.escape(stem)}"][name$="-value-x"]`)].map((x) => x.name.replace(/-x$/, "-"));
    return found.filter((name) => document.getElementsByName(name.replace(/value-$/, "deleted"))[0]?.value !== "1");
  };
  const number = (name) => Number(String(document.getElementsByName(name)[0]?.value ?? "").replace(",", "."));
  const outline = (frame, input) => {
    frame.querySelectorAll(".place").forEach((one) => one.remove());
    spotsOf(input).forEach((stem, n) => {
      const [x, y, w, h] = sides.map((side) => number(stem + side));
      if (!(w > 0 && h > 0)) return;
      const box = document.createElement("span");
      box.className = "place";
      box.textContent = document.getElementsByName(`${stem}label`)[0]?.value || n + 1;
      Object.assign(box.style, { left: `${x}%`, top: `${y}%`, width: `${w}%`, height: `${h}%` });
      frame.append(box);
    });
  };
  let wasIn = "";
  root.addEventListener("focusin", (event) => { wasIn = event.target.name?.match(/^(.*-spots-\d+-value-)/)?.[1] ?? wasIn; });
  const drawn = (frame, input) => {
    const line = document.createElement("span");
    line.className = "file-hint";
    line.textContent = words().draw;
    frame.before(line);
    outline(frame, input);
    const at = (event) => {
      const box = frame.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((part) => Math.round(1000 * Math.min(1, Math.max(0, part))) / 10);
    };
    frame.addEventListener("pointerdown", (event) => {
      const from = at(event), all = spotsOf(input);
      event.preventDefault();
      frame.setPointerCapture(event.pointerId);
      const empty = all.find((stem) => !sides.some((side) => number(stem + side)));
      const target = empty ?? (all.includes(wasIn) ? wasIn : all.at(-1));
      const move = (moved) => {
        const to = at(moved);
        if (!target || Math.abs(to[0] - from[0]) < 1 || Math.abs(to[1] - from[1]) < 1) return;
        const told = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
        sides.forEach((side, n) => put(document.getElementsByName(target + side)[0], String(Math.round(10 * told[n]) / 10)));
        outline(frame, input);
      };
      frame.addEventListener("pointermove", move);
      frame.addEventListener("pointerup", () => frame.removeEventListener("pointermove", move), { once: true });
    });
  };
  root.addEventListener("input", (event) => {
    const stem = event.target.name?.match(/^(.*)-spots-\d+-value-/)?.[1];
    const input = stem && document.getElementsByName(`${stem}-image`)[0], frame = input?.closest(".file-field")?.querySelector(".file-frame");
    if (frame && event.isTrusted) outline(frame, input);
  });

  // Pictures that are named already are shown as well; the topic's files are asked for once.
  let known;
  const files = () => (known ??= fetch(address(), { credentials: "same-origin" }).then((answer) => answer.json()).catch(() => ({ files: [] })));
  const recall = async (field) => {
    const name = field.querySelector("input:not([type=file])").value;
    if (!name || !topic()) return;
    const file = (await files()).files.find((one) => one.name === name);
    if (file && !field.querySelector(".file-frame")) show(field, file);
  };
  // Entries are folded, but what is still empty stands open to be written in.
  const open = (part) => {
    for (const entry of part.querySelectorAll("section[id^='block-'][id$='-section']")) {
      const toggle = entry.querySelector(":scope > .w-panel__header [data-panel-toggle][aria-expanded=false]");
      const written = [...entry.querySelectorAll("input[type=text]:not([inputmode]):not([name$='-key']), textarea")].some((one) => one.value);
      if (toggle && !written) toggle.click();
    }
  };
  const dress = (part) => {
    setTimeout(open, 50, part);
    part.querySelectorAll("textarea[data-markdown]").forEach(equip);
    part.querySelectorAll(".file-field[data-file=picture]").forEach(recall);
  };
  new MutationObserver((changes) => {
    for (const change of changes) for (const part of change.addedNodes) if (part.nodeType === 1) dress(part);
  }).observe(document.getElementById("main") ?? document.body, { childList: true, subtree: true });
  dress(document);

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
