// The list at the door, with a script: a tap is kept on this device, then shown as taken, and sent when the network allows. Without a
// network the page opens from what was kept.

import { keep } from "./checkin/keep.js";
import * as roster from "./checkin/roster.js";
import { drawNet, drawNotes, newId, say } from "./checkin/say.js";
import { camera, codeOf, listen } from "./checkin/scan.js";
import * as store from "./checkin/store.js";
import { queue, start, state, takeOver, undo } from "./checkin/sync.js";

const { words, heads, headcount, place, nameOf, rowsOf, rowOfEntry } = roster;
const page = document.body.dataset;
const $ = (selector) => document.querySelector(selector);
const isShell = !page.session;
const session = page.session || location.pathname.match(/sessions\/([0-9a-f-]{36})\//)?.[1] || "";
const isOpen = page.open === "true";
let kept = null;
let api = page.api + session;

document.documentElement.classList.add("js");

function draw() {
  if (session) roster.draw(state.waiting.filter((op) => op.session === session), isOpen);
  drawNet(isOpen, isShell);
}

const remember = () => session && kept && store.saveSession({ ...kept, ...roster.snapshot() });

// ---- acts: kept first, shown after

const op = (kind, rest) => ({ op: kind, session, api, ...rest });

async function checkIn(rows) {
  const taps = rows.map((row) => op("in", { id: newId(), resident: row.dataset.resident, name: nameOf(row) }));
  await queue(taps.map(({ name, ...tap }) => tap));
  for (const tap of taps) place(tap.resident, { entry: tap.id });
  const ids = taps.map((tap) => tap.id).join(",");
  say(taps.length === 1 ? words("said-named", { subject: taps[0].name }) : words("marked-js", { count: taps.length }), ids);
  after();
}

async function takeBack(ids) {
  await undo(ids.map((id) => op("out", { id })));
  for (const id of ids) {
    const row = rowOfEntry(id);
    if (ids.length > 1) say(words("marked-undone-js", { count: ids.length }));
    else if (row) say(words("said-named-undone", { subject: nameOf(row) }));
    else if (heads.has(id)) say(heads.get(id) ? words("said-heads-undone", { subject: heads.get(id) }) : words("nobody-undone"));
    if (row) place(row.dataset.resident, {});
    heads.delete(id);
  }
  after();
}

async function addHeads(n) {
  const id = newId();
  await queue([op("heads", { id, n })]);
  heads.set(id, n);
  say(n ? words("said-heads", { subject: n }) : words("nobody-said"), id);
  after();
}

async function setHeads(n) {
  if (heads.size) await takeBack([...heads.keys()]);
  await addHeads(n);
}

async function oneFewer() {
  const last = [...heads.entries()].filter(([, n]) => n > 0).pop();
  if (!last) return;
  await takeBack([last[0]]);
  if (last[1] > 1) await addHeads(last[1] - 1);
}

async function excuse(row, reason) {
  const id = newId();
  const resident = row.dataset.resident;
  await queue([op("absent", { id, resident, reason })]);
  place(resident, { absence: id, reason });
  say(words("said-absent", { subject: nameOf(row), why: roster.reasonWords(reason) }), `why:${id}`);
  after();
}

async function unexcuse(id) {
  const row = roster.rowOfAbsence(id);
  await undo([op("unwhy", { id })]);
  if (row) {
    say(words("said-absent-undone", { subject: nameOf(row) }));
    place(row.dataset.resident, {});
  }
  after();
}

async function card(code) {
  const row = roster.rowOfCard(code);
  if (row?.dataset.entry) return say(words("card-again", { name: nameOf(row) }));
  if (row) return checkIn([row]);
  await queue([op("card", { id: newId(), card: code })]);
  say(words("card-unknown-here"));
  return after();
}

function after() {
  roster.search($("#q").value);
  remember();
  draw();
}

// ---- what became of taps

function settle({ op: tap, status, recorded_as: recordedAs, resident_id: resident, name, message }) {
  if (tap.session !== session) return;
  if (status === "error") {
    const row = rowOfEntry(tap.id) || roster.rowOfAbsence(tap.id);
    if (row) place(row.dataset.resident, {});
    heads.delete(tap.id);
    say(message);
    return;
  }
  const entry = recordedAs || tap.id;
  if (tap.op === "card" && resident) {
    if (!rowsOf(resident).length) roster.addRow({ resident, name, keys: name, card: tap.card });
    const known = rowsOf(resident).some((row) => row.dataset.entry);
    place(resident, { entry });
    say(words(known ? "card-again" : "said-named", { name, subject: name }), known ? "" : entry);
  } else if (tap.op === "in" && status === "duplicate" && entry !== tap.id) {
    const row = rowOfEntry(tap.id);
    for (const each of row ? rowsOf(row.dataset.resident) : []) each.dataset.entry = entry;
    if (row) say(words("merged", { subject: nameOf(row) }), entry);
  }
}

function heard(list) {
  list.forEach(settle);
  if (list.length) {
    remember();
    drawNotes(session);
  }
  draw();
}

// ---- hands

document.addEventListener("submit", (event) => {
  // Until it is known how many wait.
  if (event.target.matches("[data-list], [data-undo], [data-walk]")) page.waiting = "?";
  const by = event.submitter;
  const row = by?.closest("li")?.querySelector(".ck-row");
  if (event.target.matches("[data-list]")) {
    event.preventDefault();
    if (by === row && row.dataset.entry) takeBack([row.dataset.entry]);
    else if (by === row) checkIn([row]);
    else if (by.dataset.why) excuse(row, by.dataset.why);
    else if (by.matches("[data-unwhy]")) unexcuse(row.dataset.absence);
    else if (by.matches("[data-all]")) checkIn([...roster.lists.missing.querySelectorAll(".ck-row")]);
    else if (by.matches("[data-none]")) addHeads(0);
    by.focus();
  } else if (event.target.matches("[data-undo]") && !/^(un)?all:/.test(by.value)) {
    event.preventDefault();
    if (by.value.startsWith("why:")) unexcuse(by.value.slice(4));
    else takeBack(by.value.replace("out:", "").split(","));
  } else if (event.target.matches("[data-walk]")) {
    event.preventDefault();
    if (by?.matches("[data-more]")) addHeads(1);
    else if (by?.matches("[data-fewer]")) oneFewer();
    else setTyped(event.target.elements.heads);
  }
});

function setTyped(input) {
  const n = Number(input.value);
  $(".ck-set").classList.remove("wanted");
  if (/^\d{1,4}$/.test(input.value) && n !== headcount()) setHeads(n);
  else input.value = headcount();
  draw();
}

const typed = $("[data-walk] input[name=heads]");
typed.addEventListener("input", () => $(".ck-set").classList.add("wanted"));
typed.addEventListener("change", () => setTyped(typed));
$("#q").addEventListener("input", (event) => roster.search(codeOf(event.target.value) ? "" : event.target.value));

// ---- the beginning

async function openShell() {
  kept = await store.session(session);
  if (!kept) {
    $("[data-tools]").hidden = $("[data-list]").hidden = true;
    $("[data-kept]").hidden = false;
    const all = await store.sessions();
    const list = $("[data-kept] ul");
    if (!all.length) list.textContent = words("nothing-kept");
    for (const one of all) {
      const item = document.createElement("li");
      const way = document.createElement("a");
      way.href = `/staff/sessions/${one.id}/check-in`;
      way.textContent = [one.title, one.when, one.place].join(words("comma"));
      item.append(way);
      list.append(item);
    }
    return;
  }
  ({ api } = kept);
  for (const name of ["title", "when", "place", "enrolled"]) $(`[data-${name}]`).textContent = kept[name];
  for (const row of kept.rows) roster.addRow(row);
  for (const [id, n] of kept.heads) heads.set(id, n);
  for (const form of document.querySelectorAll("form[method=post]")) form.action = location.pathname;
}

// What waits is shown as it will be once it is sent.
async function replay() {
  for (const tap of (await store.ops()).filter((one) => one.session === session)) {
    if (tap.op === "in" && !rowsOf(tap.resident).some((row) => row.dataset.entry)) place(tap.resident, { entry: tap.id });
    if (tap.op === "absent") place(tap.resident, { absence: tap.id, reason: tap.reason });
    if (tap.op === "heads" && !heads.has(tap.id)) heads.set(tap.id, tap.n);
    if (tap.op === "out" || tap.op === "unwhy") {
      const row = rowOfEntry(tap.id) || roster.rowOfAbsence(tap.id);
      if (row) place(row.dataset.resident, {});
      heads.delete(tap.id);
    }
  }
}

async function begin() {
  if (isShell) {
    await openShell();
  } else {
    await store.adopt(page.owner);
    roster.read();
    const text = (name) => $(`[data-${name}]`).textContent;
    kept = { id: session, api, title: text("title"), when: text("when"), place: text("place"), enrolled: text("enrolled") };
  }
  await takeOver((id) => page.api + id).catch(() => undefined);
  if (session) await replay();
  remember();
  $("[data-scan]").hidden = !isOpen;
  $("[data-scan]").addEventListener("click", camera($("[data-scan]"), $("[data-camera]"), page.jsqr, words, card));
  if (isOpen) listen(card);
  await drawNotes(session);
  $(".ck-err")?.focus();
  if (isShell) state.online = "no";
  else keep();
  start(heard);
}

begin();
