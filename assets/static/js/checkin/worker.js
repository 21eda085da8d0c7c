// Before this stand VERSION and FILES. Kept are the files of the check-in page and the page itself without a session: nothing with a name.
// Two addresses are answered from there when the network is gone; all others go by as if this were not here.

const CACHE = `checkin-${VERSION}`;
const SHELL = "/staff/check-in/shell";
const PAGE = /^\/staff\/(check-in|sessions\/[0-9a-f-]{36}\/check-in)$/;
const PATIENCE_MS = 8_000;

async function add(cache, path) {
  const response = await fetch(path, { credentials: "same-origin" });
  // A page that asks to log in is not the one we want.
  if (!response.ok || response.redirected) throw new Error(`${path}: ${response.status}`);
  await cache.put(path, response);
}

async function fill() {
  const cache = await caches.open(CACHE);
  const missing = [];
  for (const path of [...FILES, SHELL]) if (!(await cache.match(path))) missing.push(path);
  await Promise.all(missing.map((path) => add(cache, path)));
}

self.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("checkin-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("message", (event) => {
  if (event.data === "fill") event.waitUntil(fill().catch(() => undefined));
});

async function page(request) {
  const shell = async () => (await caches.open(CACHE)).match(SHELL);
  const late = new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
  try {
    const response = await Promise.race([fetch(request), late]);
    if (response && response.status < 500) return response;
    return (await shell()) || response || fetch(request);
  } catch (error) {
    const kept = await shell();
    if (kept) return kept;
    throw error;
  }
}

async function file(request, path) {
  const kept = await (await caches.open(CACHE)).match(path);
  return kept || fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  const path = address.pathname + address.search;
  if (request.mode === "navigate" && PAGE.test(address.pathname)) event.respondWith(page(request));
  else if (FILES.includes(path)) event.respondWith(file(request, path));
});
