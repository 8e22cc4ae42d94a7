// The page around a cmi5 unit asks now and then how its session stands, and says so when it is over.
(() => {
  const page = document.querySelector("[data-cmi5]");
  if (!page) return;
  const status = page.querySelector("[data-cmi5-status]");
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(page.dataset.cmi5, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const { over, satisfied } = await answer.json();
      if (over || satisfied) status.textContent = satisfied ? status.dataset.satisfied : status.dataset.over;
      if (over) clearInterval(timer);
    } catch {
      // No line at the moment; the next look may have one.
    }
  };
  const timer = setInterval(look, 5000);
})();
