// The planner: keys to walk the board, a search, dragging a card to another time. Everything here only leads to the same
// form the server renders: nothing is ever saved by a key or by letting go of the mouse.
import { livePreview, say } from "./live.js";

const ROW = 11.75; // px of a quarter of an hour, as in staff.css
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

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key === "Escape") {
    if (drag) return stopDragging();
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
    const from = document.activeElement?.closest?.(".ev");
    const to = from ? walk(from, event.key) : undefined;
    if (from) event.preventDefault();
    to?.focus();
  } else if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "n" || event.key === "N") {
    location.href = document.getElementById("new-activity").href;
  } else if (event.key === "t" || event.key === "T") {
    location.href = page.dataset.today;
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

// ---- dragging ----
let drag = null;

function slotAt(x, y) {
  const column = document.elementsFromPoint(x, y).find((el) => el.classList.contains("wk-ev"))?.closest(".wk-day");
  if (!column) return null;
  const top = column.querySelector(".wk-ev").getBoundingClientRect().top;
  const row = Math.max(0, Math.round((y - drag.grip - top) / ROW));
  const minute = Number(grid.dataset.first) * 60 + row * 15;
  if (minute + drag.minutes > 24 * 60) return null;
  return { column, row, minute };
}

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

function stopDragging() {
  drag?.card.classList.remove("drag");
  drag?.shadow?.remove();
  drag = null;
}

grid.addEventListener("pointerdown", (event) => {
  const card = event.target.closest(".ev[data-session]");
  if (!card || event.button !== 0 || event.pointerType === "touch") return;
  drag = {
    card,
    from: [event.clientX, event.clientY],
    grip: event.clientY - card.getBoundingClientRect().top,
    minutes: Number(card.dataset.minutes),
    slot: null,
    shadow: null,
  };
});
// A link would be dragged as a link.
grid.addEventListener("dragstart", (event) => event.preventDefault());

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const far = Math.hypot(event.clientX - drag.from[0], event.clientY - drag.from[1]);
  if (!drag.shadow && far < 6) return;
  drag.card.classList.add("drag");
  const slot = slotAt(event.clientX, event.clientY);
  drag.shadow?.remove();
  drag.slot = slot;
  if (!slot) return;
  const rows = Math.max(2, Math.min(64, Math.ceil(drag.minutes / 15)));
  drag.shadow = document.createElement("li");
  drag.shadow.className = `wk-drop r${slot.row} h${rows} c1of1`;
  drag.shadow.textContent = clock(slot.minute);
  slot.column.querySelector(".wk-ev").append(drag.shadow);
});

document.addEventListener("pointerup", () => {
  if (!drag) return;
  const { card, slot, shadow } = drag;
  stopDragging();
  if (!shadow) return;
  // The click that follows would open the card where it stood.
  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 0);
  if (!slot) return;
  const to = new URL(card.href);
  to.searchParams.set("session", card.dataset.session);
  to.searchParams.set("date", slot.column.dataset.day);
  to.searchParams.set("start", clock(slot.minute));
  if (slot.column.dataset.venue) to.searchParams.set("venue", slot.column.dataset.venue);
  to.hash = "panel";
  location.href = to.href;
});
document.addEventListener("pointercancel", stopDragging);

// ---- the form at the side ----
const form = document.getElementById("edit");
if (form) {
  const box = document.getElementById("consequences");
  livePreview(form, box, { after: () => say(box.textContent.replace(/\s+/g, " ").trim()) });
}
const wrong = document.getElementById("wrong");
if (wrong) wrong.focus();
else if (location.hash === "#panel") panel?.focus();
