// Moving a card and drawing it longer, by mouse or by keys. While it lasts a shadow shows the wished place and time; at its end the same
// form opens that the server renders for everybody, with the wish filled in. Touch is left to scrolling: there the dialog does it.
import { say } from "./live.js";

const ROW = 11.75; // px of a quarter of an hour, as in staff.css
const STEP = 15; // minutes of a row
const EDGE = 8; // px at the foot of a card that draw it longer
const DAY = 24 * 60;

const grid = document.getElementById("grid");
const first = Number(grid.dataset.first) * 60;
const wide = matchMedia("(min-width: 901px)");

// What is wished: a card, its column, start and end in minutes of the day, and the shadow that shows it.
let wish = null;
// Where the mouse took hold of it.
let grip = null;

const clock = (minute) =>
  `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

function begin(card) {
  const from = Number(card.dataset.from);
  return {
    card,
    column: card.closest(".wk-day"),
    from,
    to: from + Number(card.dataset.minutes),
    moved: false,
    resized: false,
    shadow: null,
  };
}

function show() {
  const row = Math.max(0, Math.round((wish.from - first) / STEP));
  const rows = Math.max(2, Math.min(64, Math.ceil((wish.to - wish.from) / STEP)));
  wish.shadow?.remove();
  wish.shadow = document.createElement("li");
  wish.shadow.className = `wk-drop r${row} h${rows} c1of1`;
  wish.shadow.textContent = `${clock(wish.from)}—${clock(wish.to)}`;
  wish.column.querySelector(".wk-ev").append(wish.shadow);
  wish.card.classList.add("drag");
}

export const isWishing = () => wish !== null && wish.shadow !== null;

export function stopWishing() {
  wish?.card.classList.remove("drag");
  wish?.shadow?.remove();
  wish = null;
  grip = null;
}

/** Opens the form with what is wished. */
export function goTo() {
  const { card, column, from, to, moved, resized } = wish;
  stopWishing();
  if (!moved && !resized) return;
  const address = new URL(card.href);
  const asked = address.searchParams;
  asked.set("session", card.dataset.session);
  asked.set("sequence", card.dataset.sequence);
  if (moved) {
    asked.set("date", column.dataset.day);
    asked.set("start", clock(from));
    if (column.dataset.venue) asked.set("venue", column.dataset.venue);
  }
  if (resized) asked.set("end", clock(to));
  address.hash = "panel";
  location.href = address.href;
}

/** One key's step: by a quarter of an hour or a column, or the end by a quarter of an hour. Says whether it was one. */
export function pushWish(card, key, longer) {
  if (!card.dataset.session || !wide.matches) return false;
  if (wish?.card !== card) {
    stopWishing();
    wish = begin(card);
  }
  const step = key === "ArrowDown" ? STEP : key === "ArrowUp" ? -STEP : 0;
  const lasts = wish.to - wish.from;
  if (longer) {
    if (step === 0) return false;
    wish.to = Math.min(DAY, Math.max(wish.from + STEP, wish.to + step));
    wish.resized = true;
  } else if (step !== 0) {
    wish.from = Math.max(0, Math.min(DAY - lasts, wish.from + step));
    wish.to = wish.from + lasts;
    wish.moved = true;
  } else {
    const columns = [...grid.querySelectorAll(".wk-day")];
    const at = columns.indexOf(wish.column) + (key === "ArrowRight" ? 1 : -1);
    if (at < 0 || at >= columns.length) return true;
    wish.column = columns[at];
    wish.moved = true;
  }
  show();
  wish.shadow.scrollIntoView?.({ block: "nearest" });
  say(`${wish.column.getAttribute("aria-label")} ${clock(wish.from)}—${clock(wish.to)} ${grid.dataset.wish}`);
  return true;
}

// ---- by mouse ----
function columnAt(x, y) {
  return document.elementsFromPoint(x, y).find((el) => el.classList.contains("wk-ev"))?.closest(".wk-day");
}

function minuteAt(column, y) {
  const top = column.querySelector(".wk-ev").getBoundingClientRect().top;
  return first + Math.round((y - top) / ROW) * STEP;
}

grid.addEventListener("pointerdown", (event) => {
  const card = event.target.closest(".ev[data-session]");
  if (!card || event.button !== 0 || event.pointerType === "touch" || !wide.matches) return;
  stopWishing();
  const box = card.getBoundingClientRect();
  wish = begin(card);
  grip = { x: event.clientX, y: event.clientY, top: event.clientY - box.top, edge: box.bottom - event.clientY <= EDGE };
});
// A link would be dragged as a link.
grid.addEventListener("dragstart", (event) => event.preventDefault());

document.addEventListener("pointermove", (event) => {
  if (!grip) return;
  if (!wish.shadow && Math.hypot(event.clientX - grip.x, event.clientY - grip.y) < 6) return;
  const lasts = Number(wish.card.dataset.minutes);
  if (grip.edge) {
    wish.to = Math.min(DAY, Math.max(wish.from + STEP, minuteAt(wish.column, event.clientY)));
    wish.resized = wish.to !== wish.from + lasts;
    return show();
  }
  const column = columnAt(event.clientX, event.clientY);
  const from = column ? Math.max(first, minuteAt(column, event.clientY - grip.top)) : DAY;
  if (from + lasts > DAY) {
    wish.moved = false;
    wish.shadow?.remove();
    wish.card.classList.add("drag");
    // Outside the board nothing is wished, but the card is still held.
    wish.shadow = document.createElement("li");
    return;
  }
  Object.assign(wish, { column, from, to: from + lasts, moved: true });
  show();
});

document.addEventListener("pointerup", () => {
  if (!grip) return;
  grip = null;
  if (!isWishing()) return stopWishing();
  // The click that follows would open the card where it stood.
  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 0);
  goTo();
});
document.addEventListener("pointercancel", stopWishing);
