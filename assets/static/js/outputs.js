// Copies and reads aloud the texts of a page, each box with its own buttons. They are hidden where this does not run, or cannot: the texts
// can be selected by hand.
const live = document.getElementById("say");

for (const button of document.querySelectorAll("[data-copies]")) {
  const box = document.getElementById(button.dataset.copies);
  const said = document.querySelector(`[data-said="${button.dataset.copies}"]`);
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
    for (const other of document.querySelectorAll("[data-said]")) other.hidden = true;
    if (!copied || !said) return;
    said.hidden = false;
    live.textContent = said.textContent;
  });
}

const voice = window.speechSynthesis;
if (voice && window.SpeechSynthesisUtterance) {
  const buttons = [...document.querySelectorAll("[data-reads]")];
  const speaks = (box) => voice.getVoices().some((one) => one.lang.slice(0, 2).toLowerCase() === box.lang.slice(0, 2));
  const offer = () => {
    for (const button of buttons) {
      if (speaks(document.getElementById(button.dataset.reads))) button.hidden = false;
    }
  };
  offer();
  voice.addEventListener?.("voiceschanged", offer);
  for (const button of buttons) {
    const box = document.getElementById(button.dataset.reads);
    const label = button.querySelector("span");
    const start = label.textContent;
    const show = (on) => {
      button.setAttribute("aria-pressed", String(on));
      label.textContent = on ? button.dataset.stop : start;
    };
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      voice.cancel();
      show(on);
      if (!on) return;
      const lines = box.value.split("\n").filter((line) => line !== "");
      lines.forEach((line, index) => {
        const said = new SpeechSynthesisUtterance(line);
        said.lang = box.lang;
        said.rate = 0.85;
        if (index === lines.length - 1) said.onend = () => show(false);
        voice.speak(said);
      });
    });
  }
  window.addEventListener("pagehide", () => voice.cancel());
}
