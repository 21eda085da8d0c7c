// One rule: the next runs of a cron expression follow what is typed. The server reads it; without script a button asks.
import { livePreview, say } from "./live.js";

const form = document.getElementById("rule");
const box = document.getElementById("runs");
if (form && box) livePreview(form, box, { after: () => say(box.textContent.replace(/\s+/g, " ").trim()) });
document.getElementById("wrong")?.focus();
