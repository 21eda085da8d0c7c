// The planner: keys to walk the board, a search, a help for the keys. Moving and drawing longer is in week-drag.js. Everything here
// only leads to the same form the server renders: nothing is ever saved by a key or by letting go of the mouse.
import { livePreview, say } from "./live.js";
import { goTo, isWishing, pushWish, stopWishing } from "./week-drag.js";

const grid = document.getElementById("grid");
const page = document.getElementById("main");
const panel = document.getElementById("panel");

// ---- walking ----
const columns = () => [...grid.querySelectorAll(".wk-day")];
const cardsOf = (column) =>
  [...column.querySelectorAll(".ev")].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);

function walk(from, key) {
  const column = from.closest(".wk-day");
  const here = cardsOf(column);
  if (key === "ArrowDown" || key === "ArrowUp") {
    return here[here.indexOf(from) + (key === "ArrowDown" ? 1 : -1)];
  }
  const list = columns();
  const step = key === "ArrowRight" ? 1 : -1;
  for (let at = list.indexOf(column) + step; at >= 0 && at < list.length; at += step) {
    const there = cardsOf(list[at]);
    if (there.length === 0) continue;
    const top = from.getBoundingClientRect().top;
    return there.reduce((best, card) =>
      Math.abs(card.getBoundingClientRect().top - top) < Math.abs(best.getBoundingClientRect().top - top) ? card : best,
    );
  }
  return undefined;
}

const typing = (target) => target instanceof HTMLElement && target.matches("input, select, textarea");

const keys = document.getElementById("keys");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.isComposing) return;
  const card = document.activeElement?.closest?.(".ev");
  if (event.key === "Escape") {
    if (isWishing()) return stopWishing();
    const open = document.querySelector("details.drop[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
      return;
    }
    const current = grid.querySelector('.ev[aria-current="true"]');
    if (panel?.contains(document.activeElement) && current) current.focus();
    else if (event.target === search) {
      search.value = "";
      find("");
      grid.querySelector(".ev")?.focus();
    }
    return;
  }
  if (typing(event.target)) return;
  if (event.key.startsWith("Arrow")) {
    if (!card) return;
    if (event.shiftKey) {
      if (pushWish(card, event.key, event.altKey)) event.preventDefault();
      return;
    }
    if (event.altKey) return;
    event.preventDefault();
    stopWishing();
    walk(card, event.key)?.focus();
    return;
  }
  if (event.altKey) return;
  if (event.key === "Enter" && isWishing()) {
    event.preventDefault();
    goTo();
  } else if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "?" && keys) {
    event.preventDefault();
    const more = document.getElementById("more");
    more.open = keys.open = !(more.open && keys.open);
    if (keys.open) keys.querySelector("summary").focus();
  } else if (event.key === "n" || event.key === "N") {
    location.href = document.getElementById("new-activity").href;
  } else if (event.key === "t" || event.key === "T") {
    location.href = page.dataset.today;
  } else if (event.key === "m" || event.key === "M") {
    const current = card ?? (panel?.contains(document.activeElement) && grid.querySelector('.ev[aria-current="true"]'));
    if (current?.dataset?.session) location.href = `/staff/sessions/${current.dataset.session}/move`;
  }
});

// One box at a time, and none while somebody works beside it.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.drop[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

// ---- searching ----
const finder = document.getElementById("find");
const search = finder?.querySelector("input");
if (finder) finder.hidden = false;

function find(text) {
  const wanted = text.trim().toLowerCase();
  let hits = 0;
  for (const card of grid.querySelectorAll(".ev")) {
    const hit = wanted !== "" && card.textContent.toLowerCase().includes(wanted);
    hits += hit;
    card.classList.toggle("hit", hit);
    card.classList.toggle("miss", wanted !== "" && !hit);
  }
  if (wanted !== "") say(finder.dataset.found.replace("0", hits));
}
search?.addEventListener("input", () => find(search.value));
search?.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    grid.querySelector(".ev.hit")?.focus();
  }
});

// ---- the form at the side ----
const form = document.getElementById("edit");
if (form) {
  const box = document.getElementById("consequences");
  livePreview(form, box, { after: () => say(box.textContent.replace(/\s+/g, " ").trim()) });
}
const wrong = document.getElementById("wrong");
if (wrong) wrong.focus();
else if (location.hash === "#panel") panel?.focus();
