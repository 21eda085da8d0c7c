// The four faces on a tablet: a tap is thanked at once, the next person has the page again after three seconds, and what the network did not take waits on
// this device. What waits is a face and an id made here, nothing else; everything may be sent twice.

const ask = document.querySelector("[data-ask]");
const thanks = document.querySelector("[data-thanks]");
const here = document.body.dataset.kiosk;
const store = `kiosk:${here}`;
const THANKS_MS = 3_000;
const RETRY_MS = 15_000;
const KEPT_MAX = 500;

let queue = [];
try {
  queue = JSON.parse(localStorage.getItem(store) || "[]");
} catch {
  queue = [];
}
let sending = false;

function keep() {
  try {
    if (queue.length) localStorage.setItem(store, JSON.stringify(queue.slice(-KEPT_MAX)));
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

// Sends what waits, one after the other. What the server refuses for good (a page that closed meanwhile) is let go; a network or a busy server is asked again.
async function flush() {
  if (sending) return;
  sending = true;
  let offline = false;
  while (queue.length && !offline) {
    const [first] = queue;
    try {
      const answer = await fetch(here, { method: "POST", body: new URLSearchParams(first) });
      if (answer.ok || (answer.status >= 400 && answer.status < 500 && answer.status !== 429)) {
        queue.shift();
        keep();
      } else {
        offline = true;
      }
    } catch {
      offline = true;
    }
  }
  sending = false;
  document.querySelector("[data-net]").hidden = !offline;
}

function thank() {
  ask.hidden = true;
  thanks.hidden = false;
  document.querySelector("[data-say]").textContent = document.querySelector("[data-say]").dataset.words;
  setTimeout(() => {
    thanks.hidden = true;
    ask.hidden = false;
    document.querySelector("[data-say]").textContent = "";
    document.activeElement?.blur();
  }, THANKS_MS);
}

if (ask) {
  ask.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const answer = event.submitter?.value;
    // A second tap while the first is thanked is the same person.
    if (!answer || ask.hidden) return;
    queue.push({ client_id: newId(), answer });
    keep();
    thank();
    flush();
  });
  window.addEventListener("online", flush);
  setInterval(() => queue.length && flush(), RETRY_MS);
  flush();
}
