// Logging out takes with it what the check-in page keeps on this device; it asks first when taps still wait to be sent.

import * as store from "./store.js";

const form = document.querySelector("form[data-leave]");

async function forget() {
  await store.wipe();
  if ("caches" in window) {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("checkin-")).map((name) => caches.delete(name)));
  }
  const registrations = (await navigator.serviceWorker?.getRegistrations?.()) || [];
  await Promise.all(registrations.map((registration) => registration.unregister()));
}

// A browser that does not answer must not keep anybody logged in.
const soon = (work) => Promise.race([work.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 2_000))]);

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const waiting = (await soon(store.ops())) || [];
  if (waiting.length && !confirm(form.dataset.leave.replace("{count}", waiting.length))) return;
  await soon(forget());
  form.submit();
});
