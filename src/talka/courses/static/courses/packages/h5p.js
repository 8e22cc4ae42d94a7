/* In the content's frame: plays the H5P content, passes its statements and its state to the page around it. */
"use strict";
(async () => {
  const given = window.talkaGiven, { keep, say } = window.talkaSpeak;
  const holder = document.getElementById("talka-h5p");
  const state = {};
  for (const [part, text] of Object.entries(given.parts)) {
    const [sub, name] = part.split("/");
    (state[sub] = state[sub] || {})[name] = text;
  }
  try {
    await new window.H5PStandalone.H5P(holder, {
      id: "talka",
      h5pJsonPath: given.root.replace(/\/$/, ""),
      frameJs: given.root + "~talka/h5p-standalone/frame.bundle.js",
      frameCss: given.root + "~talka/h5p-standalone/styles/h5p.css",
      // The frame around is the page's; a second one in it would be foreign to this one.
      embedType: "div",
      frame: false, copyright: false, icon: false,
      saveFreq: 10,
      contentUserData: state,
      reportingIsEnabled: true,
      preventH5PInit: false,
    });
  } catch (error) {
    say({ what: "trouble", text: String(error) });
    return;
  }
  const H5P = window.H5P;
  const kept = {};
  H5P.setUserData = (content, name, data, extras) => {
    const part = `${(extras && extras.subContentId) || 0}/${name}`;
    const text = data === undefined || data === null ? "" : JSON.stringify(data);
    if (kept[part] === text) return;
    kept[part] = text;
    keep({ what: "state", part, text });
  };
  H5P.deleteUserData = (content, name, sub) => H5P.setUserData(content, name, null, { subContentId: sub });
  H5P.setFinished = () => {};
  H5P.externalDispatcher.on("xAPI", (event) => {
    const statement = event.data && event.data.statement;
    if (statement) keep({ what: "xapi", message: H5P.createUUID(), statement: JSON.parse(JSON.stringify(statement)) });
  });
  H5P.preventInit = false;
  H5P.init(document.body);
  const tell = () => say({ what: "size", height: Math.ceil(document.documentElement.scrollHeight && holder.getBoundingClientRect().height) });
  new ResizeObserver(tell).observe(holder);
  tell();
  say({ what: "ready" });
})();
