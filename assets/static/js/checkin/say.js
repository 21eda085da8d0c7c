// What the check-in page says: what was just done, what waits, what was refused.

import { canKeep } from "./keep.js";
import { nameOf, rowsOf, words } from "./roster.js";
import * as store from "./store.js";
import { state } from "./sync.js";

const page = document.body.dataset;
const $ = (selector) => document.querySelector(selector);

// UUIDv7 (RFC 9562 §5.7). crypto.randomUUID is missing on plain http, where many offices run.
export function newId() {
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

export function say(text, undoTap = "") {
  const bar = $("[data-undo]");
  const button = bar.querySelector("button");
  bar.hidden = false;
  bar.querySelector("[data-undo-words]").textContent = text;
  button.value = undoTap;
  button.hidden = !undoTap;
  $("#say").textContent = text;
}

// What comes above the list must not push it away from the finger that is about to touch it.
function steadily(change) {
  const tools = $("[data-tools]");
  const before = tools.getBoundingClientRect().top;
  change();
  window.scrollBy(0, tools.getBoundingClientRect().top - before);
}

export function drawNet(isOpen, isShell) {
  steadily(() => changeNet(isOpen, isShell));
}

function changeNet(isOpen, isShell) {
  const mine = state.waiting.length;
  const out = state.online === "out";
  if (isOpen) $("[data-net]").hidden = !(out || ((isShell || mine) && state.online === "no"));
  const first = mine ? words("waiting", { count: mine }) : words(out ? "login" : "offline-page");
  if ($("[data-net-words]")) {
    $("[data-net-words]").textContent = out && page.device === "true" ? words("revoked") : first;
    $("[data-net-more]").textContent = words(out ? (page.device === "true" ? "" : "login") : "later");
  }
  const foot = [!store.isKept() && words("no-store"), !canKeep && words("no-offline")].filter(Boolean);
  $("[data-foot]").textContent = foot.join(" ");
  document.body.dataset.waiting = mine;
}

export async function drawNotes(session) {
  const notes = (await store.notes()).filter((note) => !session || note.session === session);
  steadily(() => listNotes(notes, session));
}

function listNotes(notes, session) {
  const list = $("[data-notes]");
  list.textContent = "";
  list.hidden = notes.length === 0;
  for (const note of notes) {
    const item = document.createElement("li");
    const [row] = note.resident ? rowsOf(note.resident) : [];
    const subject = row ? nameOf(row) : words(note.card ? "card-tail" : "entry", { tail: (note.card || "").slice(-4) });
    item.append(note.message ? words("refused", { subject, why: note.message }) : words("merged", { subject }), " ");
    if (note.code === "month-locked") {
      const way = document.createElement("a");
      way.href = `/staff/sessions/${note.session}/correction`;
      way.textContent = words("to-correction");
      item.append(way, " ");
    }
    const seen = document.createElement("button");
    seen.type = "button";
    seen.textContent = words("seen");
    seen.addEventListener("click", () => store.removeNotes([note]).then(() => drawNotes(session)));
    item.append(seen);
    list.append(item);
  }
}
