// The page on which staff write the words of messages: what they would look like follows what is typed, and a variable is put where the
// writing mark stands. Everything it shows the server has rendered.
import { livePreview } from "./live.js";

const form = document.getElementById("words");
const box = document.getElementById("arrives");
if (form && box) {
  const ask = livePreview(form, box);
  for (const list of document.querySelectorAll(".mt-vars")) {
    let into = document.getElementById(list.dataset.into);
    const section = list.closest("section");
    // A variable goes into the field that was written in last.
    section.addEventListener("focusin", (event) => {
      if (event.target.matches("textarea, input[type=text]")) into = event.target;
    });
    for (const code of list.querySelectorAll("code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.textContent = code.textContent;
      button.title = code.closest("div").querySelector("dd").textContent;
      button.addEventListener("click", () => {
        into.setRangeText(button.textContent, into.selectionStart, into.selectionEnd, "end");
        into.focus();
        ask();
      });
      code.replaceWith(button);
    }
  }
}
document.getElementById("wrong")?.focus();
