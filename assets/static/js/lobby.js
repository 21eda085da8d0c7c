// The screen in the lobby. Fetches what changes on every minute and once in between, puts it in place, turns the pages of a long list, keeps the clock going,
// and says so when it has heard nothing for ten minutes. Nothing is animated.

const TURN_MS = 15_000;
const ASK_MS = 30_000;
const STALE_MS = 600_000;
// A little after the minute: a page made just before it may be given out for a second.
const AFTER_MINUTE_MS = 1_200;

const tv = document.getElementById("tv");
let shown = "";
let heardAt = performance.now();
let serverNow = 0;
let turned = false;

const query = (css) => tv.querySelector(css);

// The time on the community's wall as if it were UTC, milliseconds; nothing until the server was heard once.
function localNow() {
  if (!serverNow) return null;
  const offset = Number(query("[data-clock]")?.dataset.offset || 0) * 1000;
  return serverNow + offset + (performance.now() - heardAt);
}

function tick() {
  const local = localNow();
  const clock = query("[data-clock]");
  if (local !== null && clock) {
    const minute = Math.floor(local / 60_000) % 1440;
    const hour = Math.floor(minute / 60);
    const after = clock.classList.contains("after");
    const face = hour > 12 ? hour - 12 : hour || (after ? 12 : 0);
    const parts = clock.dataset.parts.split(",").map((part) => part.split(" "));
    const part = parts.filter(([from]) => Number(from) <= minute).pop();
    clock.querySelector("span").textContent = part ? part[1] : "";
    clock.querySelector("b").textContent = `${face}:${String(minute % 60).padStart(2, "0")}`;
  }
  const silent = performance.now() - heardAt > STALE_MS;
  const date = local === null ? "" : new Date(local).toISOString().slice(0, 10);
  const old = silent && date !== "" && date !== query("[data-date]")?.dataset.date;
  show("[data-stale]", silent && !old);
  show("[data-old]", old);
}

function show(css, on) {
  const element = query(css);
  if (element && element.hidden === on) element.hidden = !on;
}

function turn() {
  const pages = [...tv.querySelectorAll("[data-page]")];
  if (pages.length < 2) return;
  const now = pages.findIndex((page) => !page.hidden);
  turnTo(pages, (now + 1) % pages.length);
}

function turnTo(pages, next) {
  pages.forEach((page, index) => {
    page.hidden = index !== next;
  });
  tv.querySelectorAll("[data-dot]").forEach((dot, index) => dot.classList.toggle("on", index === next));
}

async function ask() {
  let html = "";
  try {
    const answer = await fetch(tv.dataset.part, { cache: "no-cache", credentials: "same-origin" });
    if (!answer.ok) return;
    html = await answer.text();
    serverNow = Number(answer.headers.get("x-now")) || 0;
    heardAt = performance.now();
  } catch {
    // No network: the next minute asks again, and after ten the screen says so.
    return;
  }
  if (html !== shown) {
    shown = html;
    const before = [...tv.querySelectorAll("[data-page]")].findIndex((page) => !page.hidden);
    tv.innerHTML = html;
    const version = query("[data-version]")?.dataset.version;
    if (version && version !== tv.dataset.version) {
      location.reload();
      return;
    }
    // The page that was up stays up; only the first time the server chooses it.
    const pages = [...tv.querySelectorAll("[data-page]")];
    if (turned && pages.length > 1 && before >= 0) turnTo(pages, before % pages.length);
    turned = true;
  }
  tick();
}

// The next whole minute of the server, or of this machine while nothing was heard.
function minutely() {
  const now = localNow() ?? Date.now();
  setTimeout(async () => {
    await ask();
    minutely();
  }, 60_000 - (now % 60_000) + AFTER_MINUTE_MS);
}

ask().then(minutely);
setInterval(() => performance.now() - heardAt > ASK_MS - 1_000 && ask(), ASK_MS);
setInterval(turn, TURN_MS);
setInterval(tick, 1_000);
window.addEventListener("online", ask);
