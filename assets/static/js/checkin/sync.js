// Sends what waits, in the order it was tapped, and tells what became of each. Everything may be sent twice: entries carry their own ids.

import * as store from "./store.js";

const RETRY_MS = 10_000;
const BATCH = 500;
const GIVE_UP_MS = 20_000;

// `online`: "yes", "no", or "out" when the login, or the device's right, is over.
export const state = { online: navigator.onLine ? "yes" : "no", waiting: [] };

const channel = "BroadcastChannel" in window ? new BroadcastChannel("checkin") : null;
let listener = () => {};
let running = false;

async function ask(path, method, body) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), GIVE_UP_MS);
  try {
    const response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: body ? { "content-type": "application/json" } : {},
      body: body && JSON.stringify(body),
      signal: stop.signal,
    });
    if (response.status >= 500 || response.status === 429) throw new Error(`status ${response.status}`);
    return response;
  } finally {
    clearTimeout(timer);
  }
}

// How each kind of tap is sent; those of one way that stand in a row go together.
const WAYS = {
  in: "attendance",
  card: "attendance",
  heads: "attendance",
  absent: "absences",
  out: "withdraw",
  unwhy: "unwhy",
};

function head(ops) {
  const [first] = ops;
  const together = (op) => op.api === first.api && WAYS[op.op] === WAYS[first.op];
  const end = ops.findIndex((op) => !together(op));
  const run = end < 0 ? ops : ops.slice(0, end);
  return run.slice(0, first.op === "unwhy" ? 1 : BATCH);
}

function entry(op) {
  if (op.op === "absent") return { client_id: op.id, resident_id: op.resident, reason: op.reason };
  if (op.op === "card") return { client_id: op.id, card: op.card };
  if (op.op === "heads") return { client_id: op.id, headcount: op.n };
  return { client_id: op.id, resident_id: op.resident };
}

function send(ops) {
  const [{ api, op, id }] = ops;
  if (op === "out") return ask(`${api}/attendance/withdraw`, "POST", { client_ids: ops.map((one) => one.id) });
  if (op === "unwhy") return ask(`${api}/absences/${id}`, "DELETE");
  return ask(`${api}/${WAYS[op]}`, "POST", ops.map(entry));
}

// What became of each, as `{op, status, ...}`.
async function outcomes(ops, response) {
  if (response.ok) {
    const list = response.status === 200 ? await response.json() : [];
    return ops.map((op, n) => ({ ...(Array.isArray(list) ? list[n] : {}), op }));
  }
  // What is to be undone and is not there is as good as undone.
  const undoing = ops[0].op === "out" || ops[0].op === "unwhy";
  if (undoing && response.status === 404) return ops.map((op) => ({ op }));
  const problem = await response.json().catch(() => ({}));
  const message = problem.detail || problem.title || String(response.status);
  const code = problem.errors?.[0]?.code || problem.code;
  return ops.map((op) => ({ op, status: "error", message, code }));
}

async function sendAll() {
  let waiting = await store.ops();
  while (waiting.length) {
    const ops = await store.tryOps(head(waiting));
    if (ops.length) {
      const response = await send(ops);
      state.online = "yes";
      if (response.status === 401 || response.status === 403) {
        state.online = "out";
        await store.forgetNames();
        return;
      }
      const said = await outcomes(ops, response);
      // Refusals stay until they are seen; so do meetings with another device, of which several may come at once.
      const merged = ({ op, recorded_as: other }) => said.length > 1 && op.op === "in" && other && other !== op.id;
      const told = said.filter((one) => one.status === "error" || merged(one));
      await store.addNotes(
        told.map(({ op, message, code }) => ({ session: op.session, resident: op.resident, card: op.card, message, code })),
      );
      await store.removeOps(ops);
      tell(said);
      channel?.postMessage(said);
    }
    waiting = await store.ops();
  }
}

function tell(said) {
  listener(said);
}

async function refresh() {
  state.waiting = await store.ops();
  listener([]);
}

export async function flush() {
  await refresh();
  if (running || !state.waiting.length) return;
  running = true;
  try {
    await store.alone(sendAll);
  } catch {
    state.online = "no";
  } finally {
    running = false;
    await refresh();
  }
}

// Begins to send, now and whenever there is hope; `heard` is told what became of taps, in this window or another one.
export function start(heard) {
  listener = heard;
  if (channel) {
    channel.onmessage = async (event) => {
      state.waiting = await store.ops();
      listener(event.data);
    };
  }
  window.addEventListener("online", () => {
    state.online = "yes";
    flush();
  });
  window.addEventListener("offline", () => {
    state.online = "no";
    refresh();
  });
  document.addEventListener("visibilitychange", () => document.hidden || flush());
  setInterval(flush, RETRY_MS);
  return flush();
}

// Queues taps. They are kept before this returns, and sent after.
export async function queue(ops) {
  await store.addOps(ops);
  state.waiting = await store.ops();
  flush();
}

// Undoes taps, those that were sent and those that were not.
export async function undo(ops) {
  await store.takeBack(ops);
  state.waiting = await store.ops();
  flush();
}

// The taps an older version of this page left in localStorage.
export async function takeOver(apiOf) {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith("checkin:"));
  for (const key of keys) {
    const session = key.slice("checkin:".length);
    const old = JSON.parse(localStorage.getItem(key) || "[]");
    await store.addOps(old.map((op) => ({ ...op, session, api: apiOf(session), tried: true })));
    localStorage.removeItem(key);
  }
}
