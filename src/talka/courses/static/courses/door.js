// Tells the window that opened this one, and only it, that the topic is done; after the person has agreed.
(() => {
  const agree = document.getElementById("agree"), told = document.getElementById("told"), given = agree.dataset;
  agree.hidden = false;
  agree.addEventListener("click", () => {
    agree.disabled = true;
    if (!window.opener) { told.textContent = given.lost; return; }
    told.textContent = given.waiting;
    const look = async () => {
      const answer = await fetch(given.state, { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer && answer.ok && (await answer.json()).done) {
        window.opener.postMessage({ talka: given.topic, done: true }, given.origin);
        told.textContent = given.done;
      } else {
        setTimeout(look, 4000);
      }
    };
    look();
  });
})();
