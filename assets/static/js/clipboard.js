// Copies the text of a box with one tap. The button is hidden where this does not run: the text can be selected by hand.
const button = document.querySelector("[data-copy]");
const box = document.getElementById(button?.dataset.copy ?? "");
if (button && box) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    let copied = false;
    try {
      await navigator.clipboard.writeText(box.value);
      copied = true;
    } catch {
      // Pages without TLS have no clipboard of that kind.
      box.focus();
      box.select();
      copied = document.execCommand("copy");
    }
    const said = document.querySelector("[data-copied]");
    if (copied && said) said.hidden = false;
    if (copied) document.getElementById("say").textContent = said?.textContent ?? "";
  });
}
