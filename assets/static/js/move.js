// The page that moves a session: venues and consequences follow what is typed. Everything it shows the server has rendered.
import { livePreview, say } from "./live.js";

const form = document.getElementById("move");
const box = document.getElementById("answer");
if (form && box) {
  let held = "";
  box.addEventListener("focusin", (event) => {
    held = event.target.id;
  });
  const ask = livePreview(form, box, {
    after: () => {
      // The venue that was being chosen keeps the focus.
      if (held && document.activeElement === document.body) document.getElementById(held)?.focus();
      const told = document.getElementById("consequences");
      say(told ? told.textContent.replace(/\s+/g, " ").trim() : "");
    },
  });
  // What is typed already is looked at without waiting for a key.
  if (!form.querySelector('[name="seen"]')) ask();
}
document.getElementById("wrong")?.focus();
