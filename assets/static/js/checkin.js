// The list at the door, with a script: a tap is answered at once, sent when the network allows, and kept on this device until then.
// What is kept are ids, never names. Everything may be sent twice: entries carry ids made here.

const page = document.body;
const { api, session } = page.dataset;
const store = `checkin:${session}`;
const $ = (selector) => document.querySelector(selector);
const lists = { missing: $("[data-missing]"), present: $("[data-present]") };
const RETRY_MS = 10_000;

document.documentElement.classList.add("js");

// ---- what is waiting: {op: "in", id, resident} | {op: "heads", id, n} | {op: "out", id}

let queue = [];
try {
  queue = JSON.parse(localStorage.getItem(store) || "[]");
} catch {
  queue = [];
}
let sending = false;
let loggedOut = false;

function keep() {
  try {
    if (queue.length) localStorage.setItem(store, JSON.stringify(queue));
    else localStorage.removeItem(store);
  } catch {
    // A browser that keeps nothing still sends what is in memory.
  }
}

// UUIDv7 (RFC 9562 §5.7). crypto.randomUUID is missing on plain http, where many offices run.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let ms = Date.now();
  for (let i = 5; i >= 0; i--) {
    bytes[i] = ms % 256;
    ms = Math.floor(ms / 256);
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const words = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), page.dataset[key] || "");

function say(text) {
  $("#say").textContent = text;
}

// ---- the heads without names: rows by id, as the server and we know them

const heads = new Map(
  (page.dataset.heads || "")
    .split(" ")
    .filter(Boolean)
    .map((pair) => pair.split(":"))
    .map(([id, n]) => [id, Number(n)]),
);
const headcount = () => [...heads.values()].reduce((sum, n) => sum + n, 0);

// ---- drawing

const rowsOf = (resident) => [...document.querySelectorAll(`.ck-row[data-resident="${CSS.escape(resident)}"]`)];
const rowOfEntry = (id) => $(`.ck-row[data-entry="${CSS.escape(id)}"]`);
const nameOf = (row) => row.querySelector(".nm").textContent;
const clock = () => {
  const now = new Date();
  return `${now.getHours()}:${String(now.getMinutes()).padStart(2, "0")}`;
};

function draw() {
  const present = lists.present.children.length;
  const missing = lists.missing.children.length;
  const count = (selector, key, n) => {
    const element = $(selector);
    element.textContent = element.dataset[key].replaceAll("{count}", n);
  };
  count("[data-missing-words]", "missingWords", missing);
  count("[data-present-words]", "presentWords", present);
  $("[data-visits]").textContent = present + headcount();
  const input = $("[data-walk] input[name=heads]");
  if (document.activeElement !== input) input.value = headcount();
  $("[data-fewer]").disabled = headcount() === 0 || input.disabled;
  for (const row of document.querySelectorAll(".ck-row")) {
    const queued = queue.some((op) => op.id === row.dataset.entry);
    row.classList.toggle("queued", queued);
    const time = row.querySelector("[data-time]");
    if (row.dataset.at) time.textContent = queued ? `${row.dataset.at} ${words("queued")}` : row.dataset.at;
  }
  $("[data-net]").hidden = !(queue.length && (offline || loggedOut));
  $("[data-net-words]").textContent = words("waiting", { count: queue.length });
  $("[data-net-more]").textContent = words(loggedOut ? "login" : "later");
}

function place(resident, entry) {
  for (const row of rowsOf(resident)) {
    row.dataset.entry = entry || "";
    row.dataset.at = entry ? clock() : "";
    row.querySelector("[data-time]").textContent = row.dataset.at;
    row.setAttribute("aria-pressed", String(Boolean(entry)));
    const item = row.parentElement;
    const home = item.parentElement;
    if (home === lists.missing && entry) lists.present.prepend(item);
    if (home === lists.present && !entry) lists.missing.append(item);
  }
  // Found by searching among everybody: they stand on the list as well from now on.
  const found = rowsOf(resident);
  if (entry && found.length && found.every((row) => row.closest("[data-found]"))) {
    lists.present.prepend(found[0].parentElement.cloneNode(true));
  }
}

function undoBar(text, id) {
  const bar = $("[data-undo]");
  const button = bar.querySelector("button");
  bar.hidden = false;
  bar.querySelector("[data-undo-words]").textContent = text;
  button.value = id ? `out:${id}` : "";
  button.hidden = !id;
  say(text);
}

// ---- acts

function enqueue(op) {
  queue.push(op);
  keep();
  draw();
  flush();
}

function checkIn(row) {
  const id = newId();
  place(row.dataset.resident, id);
  undoBar(words("saidNamed", { subject: nameOf(row) }), id);
  enqueue({ op: "in", id, resident: row.dataset.resident });
}

function undo(id) {
  const row = rowOfEntry(id);
  if (row) {
    undoBar(words("saidNamedUndone", { subject: nameOf(row) }));
    place(row.dataset.resident, "");
  } else if (heads.has(id)) {
    undoBar(words("saidHeadsUndone", { subject: heads.get(id) }));
    heads.delete(id);
  }
  // What never left this device needs no undoing there; what was sent once does, even when no answer came back.
  const waiting = queue.findIndex((op) => op.id === id && op.op !== "out" && !op.tried);
  if (waiting >= 0) {
    queue.splice(waiting, 1);
    keep();
    draw();
  } else {
    enqueue({ op: "out", id });
  }
}

function addHeads(n) {
  const id = newId();
  heads.set(id, n);
  undoBar(words("saidHeads", { subject: n }), id);
  enqueue({ op: "heads", id, n });
}

function oneFewer() {
  const last = [...heads.entries()].filter(([, n]) => n > 0).pop();
  if (!last) return;
  const [id, n] = last;
  undo(id);
  if (n > 1) addHeads(n - 1);
}

function setHeads(n) {
  for (const id of [...heads.keys()]) undo(id);
  addHeads(n);
}

// ---- sending

let offline = !navigator.onLine;

async function ask(path, options) {
  const response = await fetch(path, { credentials: "same-origin", ...options });
  if (response.status >= 500 || response.status === 429) throw new Error(`status ${response.status}`);
  return response;
}

// Sends the first thing that waits, or as many check-ins as stand in a row before an undoing.
async function sendSome() {
  const first = queue[0];
  const tried = (ops) => {
    for (const op of ops) op.tried = true;
    keep();
  };
  if (first.op === "out") {
    const response = await ask(`${api}/${first.id}`, { method: "DELETE" });
    return { ops: [first], response, outcomes: [] };
  }
  let ops = queue.slice(0, 500);
  const stop = ops.findIndex((op) => op.op === "out");
  if (stop >= 0) ops = ops.slice(0, stop);
  tried(ops);
  const body = ops.map((op) =>
    op.op === "in" ? { client_id: op.id, resident_id: op.resident } : { client_id: op.id, headcount: op.n },
  );
  const response = await ask(api, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const outcomes = response.ok ? await response.json() : [];
  return { ops, response, outcomes };
}

function settle(op, outcome) {
  const row = rowOfEntry(op.id);
  if (outcome?.status === "duplicate" && outcome.recorded_as !== op.id) {
    if (row) {
      for (const each of rowsOf(row.dataset.resident)) each.dataset.entry = outcome.recorded_as;
      undoBar(words("merged", { subject: nameOf(row) }), outcome.recorded_as);
    }
  } else if (outcome?.status === "error") {
    takeBack(op);
    undoBar(outcome.message);
  }
}

// What the server does not accept is not shown as if it were.
function takeBack(op) {
  const row = rowOfEntry(op.id);
  if (row) place(row.dataset.resident, "");
  heads.delete(op.id);
}

async function flush() {
  if (sending || !queue.length) return;
  sending = true;
  try {
    while (queue.length) {
      const { ops, response, outcomes } = await sendSome();
      offline = false;
      if (response.status === 401 || response.status === 403) {
        loggedOut = true;
        break;
      }
      loggedOut = false;
      ops.forEach((op, n) => settle(op, outcomes[n]));
      queue.splice(0, ops.length);
      keep();
      // An entry to be undone that is not there is as good as undone.
      if (!response.ok && !(response.status === 404 && ops[0].op === "out")) {
        const problem = await response.json().catch(() => ({}));
        ops.forEach(takeBack);
        undoBar(problem.detail || problem.title || `${response.status}`);
      }
      draw();
    }
  } catch {
    offline = true;
  } finally {
    sending = false;
    draw();
  }
}

// ---- hands

document.addEventListener("submit", (event) => {
  const by = event.submitter;
  if (event.target.matches("[data-list]") && by?.matches(".ck-row")) {
    event.preventDefault();
    if (by.dataset.entry) undo(by.dataset.entry);
    else checkIn(by);
    by.focus();
  } else if (event.target.matches("[data-undo]")) {
    event.preventDefault();
    undo(by.value.replace("out:", ""));
  } else if (event.target.matches("[data-walk]")) {
    event.preventDefault();
    const input = event.target.elements.heads;
    if (by?.matches("[data-more]")) addHeads(1);
    else if (by?.matches("[data-fewer]")) oneFewer();
    else setTyped(input);
  }
});

function setTyped(input) {
  const n = Number(input.value);
  $(".ck-set").classList.remove("wanted");
  if (/^\d{1,4}$/.test(input.value) && n !== headcount()) setHeads(n);
  else input.value = headcount();
}

const typed = $("[data-walk] input[name=heads]");
typed.addEventListener("input", () => $(".ck-set").classList.add("wanted"));
typed.addEventListener("change", () => setTyped(typed));

$("#q").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const item of document.querySelectorAll(".ck-list li")) {
    const keys = item.dataset.k.toLowerCase();
    item.hidden = Boolean(wanted) && !(keys.startsWith(wanted) || keys.slice(keys.indexOf(" ")).includes(wanted));
  }
});

window.addEventListener("online", flush);
window.addEventListener("offline", () => {
  offline = true;
  draw();
});
setInterval(flush, RETRY_MS);

// ---- what an earlier visit left behind

for (const row of document.querySelectorAll(".ck-row")) {
  row.dataset.at = row.querySelector("[data-time]").textContent;
}
for (const op of queue) {
  if (op.op === "in" && !rowsOf(op.resident).some((row) => row.dataset.entry)) place(op.resident, op.id);
  if (op.op === "heads" && !heads.has(op.id)) heads.set(op.id, op.n);
  if (op.op === "out") {
    const row = rowOfEntry(op.id);
    if (row) place(row.dataset.resident, "");
    heads.delete(op.id);
  }
}
$(".ck-err")?.focus();
draw();
flush();
