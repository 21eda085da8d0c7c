// Makes the check-in page open without a network: puts the service worker in its place. The page that chooses the session also sends what
// waits from an earlier visit.

import * as store from "./store.js";
import { start } from "./sync.js";

// Whether this browser can open the page without a network at this address.
export const canKeep = "serviceWorker" in navigator && window.isSecureContext;

export async function keep() {
  if (!canKeep) return;
  try {
    await navigator.serviceWorker.register("/staff/check-in-worker.js", { scope: "/staff/", updateViaCache: "none" });
    const registration = await navigator.serviceWorker.ready;
    // A cache that was wiped with a login is filled again for the next one.
    registration.active.postMessage("fill");
    document.body.dataset.kept = "true";
    // Asks the browser not to throw away what waits when space is short.
    await navigator.storage?.persist?.();
  } catch {
    // A browser that forbids workers still checks in with a network.
  }
}

const chooser = document.querySelector("[data-chooser]");
if (chooser) {
  keep();
  store.adopt(chooser.dataset.owner).then(() => start(() => {}));
}
