// Opens a topic of ours and tells a cmi5 platform when it is done: initialized, completed, terminated.
(async () => {
  const page = document.body.dataset, state = document.getElementById("state"), began = Date.now();
  const given = new URLSearchParams(location.search);
  document.getElementById("open").addEventListener("click", () => {
    window.open(`${page.launch}?for=${encodeURIComponent(location.origin)}`, "talka");
  });
  if (!given.get("fetch") || !given.get("endpoint")) { state.textContent = page.alone; return; }
  const endpoint = given.get("endpoint").replace(/\/?$/, "/"), actor = JSON.parse(given.get("actor"));
  const token = (await (await fetch(given.get("fetch"), { method: "POST" })).json())["auth-token"];
  const headers = { Authorization: `Basic ${token}`, "X-Experience-API-Version": "1.0.3" };
  const where = new URLSearchParams({ stateId: "LMS.LaunchData", activityId: given.get("activityId"), agent: given.get("actor"),
    registration: given.get("registration") });
  const launch = await (await fetch(`${endpoint}activities/state?${where}`, { headers })).json();
  // The standard wants the learner's preferences to be asked for before anything is said.
  const about = new URLSearchParams({ profileId: "cmi5LearnerPreferences", agent: given.get("actor") });
  await fetch(`${endpoint}agents/profile?${about}`, { headers });
  const categories = (given, more) => [...(given || []), { id: "https://w3id.org/xapi/cmi5/context/categories/cmi5" }, ...more];
  const say = (verb, { result, moves = false, keepalive = false } = {}) => {
    const context = structuredClone(launch.contextTemplate || {});
    const around = context.contextActivities || {};
    context.registration = given.get("registration");
    context.contextActivities = { ...around, category: categories(around.category, moves ? [{ id: "https://w3id.org/xapi/cmi5/context/categories/moveon" }] : []) };
    const statement = { id: crypto.randomUUID(), actor, verb: { id: `http://adlnet.gov/expapi/verbs/${verb}` },
      object: { objectType: "Activity", id: given.get("activityId") }, context, timestamp: new Date().toISOString() };
    if (result) statement.result = result;
    return fetch(`${endpoint}statements?statementId=${statement.id}`, { method: "PUT", keepalive,
      headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(statement) });
  };
  const duration = () => `PT${((Date.now() - began) / 1000).toFixed(2)}S`;
  await say("initialized");
  let done = false, over = false;
  addEventListener("message", async (event) => {
    if (event.origin !== page.origin || !event.data || event.data.talka !== page.topic || event.data.done !== true || done) return;
    done = true;
    // Only a launch in the mode Normal may say that it is completed.
    if (launch.launchMode === "Normal") await say("completed", { result: { completion: true, duration: duration() }, moves: true });
    state.textContent = page.done;
  });
  addEventListener("pagehide", () => {
    if (over) return;
    over = true;
    say("terminated", { result: { duration: duration() }, keepalive: true });
  });
})();
