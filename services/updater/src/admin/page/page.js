const at = (id) => document.getElementById(id);
const states = {
  update: "Update available",
  current: "Up to date",
  ahead: "Newer than the source",
  drift: "Changed content",
  fault: "Version cannot be read",
  removed: "Gone from the source",
  unknown: "Not checked yet",
};
let skipped = new Set();

async function ask(method, path, body) {
  const token = sessionStorage.getItem("token");
  const headers = {
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(body ? { "content-type": "application/json" } : {}),
  };
  const answer = await fetch(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (answer.status === 401) {
    at("sign-in").hidden = false;
    at("system").hidden = true;
    throw new Error("Please sign in.");
  }
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.detail ?? `The server answered ${answer.status}`);
  return data;
}

function cell(row, text, name = "td") {
  const element = document.createElement(name);
  element.textContent = text;
  row.append(element);
  return element;
}

function show(system) {
  at("sign-in").hidden = true;
  at("system").hidden = false;
  at("summary").textContent =
    `${system.route} / ${system.instance} · release ${system.release ?? "none"} · ${system.health}${system.connected ? "" : " · no connection to the bus"}`;
  skipped = new Set(system.components.filter((one) => one.skipped).map((one) => one.name));
  at("components").replaceChildren(
    ...system.components.map((component) => {
      const row = document.createElement("tr");
      const toggle = document.createElement("input");
      toggle.type = "checkbox";
      toggle.checked = !component.skipped;
      toggle.setAttribute("aria-label", `Update ${component.name}`);
      toggle.addEventListener("change", () => void saveToggle(component.name, toggle.checked));
      cell(row, "").append(toggle);
      cell(row, component.name, "th").scope = "row";
      cell(row, component.local ?? "–");
      cell(row, component.remote ?? "–");
      cell(
        row,
        component.skipped && component.state === "update"
          ? "Update available (skipped)"
          : (states[component.state] ?? component.state),
      );
      return row;
    }),
  );
  at("update").disabled =
    system.blocked !== null ||
    system.updating ||
    !system.components.some((one) => one.state === "update" && !one.skipped);
  const notices = [
    system.terminal && `No release runs: ${system.terminal}`,
    system.blocked?.message,
    ...system.held.map((reason) => `A release was taken back: ${reason}`),
  ].filter(Boolean);
  at("notice").hidden = notices.length === 0;
  at("notice").textContent = notices.join(" ");
}

const refresh = async () => show(await ask("GET", "version"));
const say = (text) => (at("progress").textContent = text);

async function saveToggle(name, isOn) {
  if (isOn) skipped.delete(name);
  else skipped.add(name);
  await act("Saved.", () => ask("PUT", "preferences", { skip_components: [...skipped] }));
}

async function act(done, work) {
  try {
    const answer = await work();
    await refresh();
    say(typeof done === "function" ? done(answer) : done);
  } catch (error) {
    say(error.message);
  }
}

const results = {
  applied: "The update is installed.",
  offered: "An update is available.",
  "up-to-date": "Everything up to date.",
  blocked: "This update needs a newer image.",
  "rolled-back": "The update did not run and was taken back.",
  failed: "The update failed.",
};
const describe = (report) => `${results[report.result] ?? report.result}${report.reason ? ` ${report.reason}` : ""}`;

at("check").addEventListener("click", () => {
  say("Checking…");
  void act(describe, () => ask("POST", "check"));
});
at("update").addEventListener("click", () => {
  say("Updating…");
  at("update").disabled = true;
  void act(describe, () => ask("POST", "update", { skip_components: [...skipped] }));
});
at("roll-back").addEventListener("click", () => {
  if (!confirm("Go back to the release before?")) return;
  say("Rolling back…");
  void act(describe, () => ask("POST", "rollback"));
});
at("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", at("token").value);
  void act("", refresh);
});

/** Progress by fetch, because an EventSource cannot carry a token. */
async function follow() {
  const token = sessionStorage.getItem("token");
  const answer = await fetch("events", { headers: token ? { authorization: `Bearer ${token}` } : {} });
  if (!answer.ok) return;
  let text = "";
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events)
      if (event.startsWith("data: ")) {
        const { step, detail } = JSON.parse(event.slice(6));
        say(`${step}${detail ? ` ${detail}` : ""}…`);
      }
  }
}

refresh().then(follow, (error) => say(error.message));
