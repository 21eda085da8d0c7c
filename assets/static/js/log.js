// Says how many lines are chosen, and marks them. Without it the buttons above the list work all the same.
const label = document.querySelector("[data-chosen]");
const boxes = [...document.querySelectorAll('input[name="delivery"][form="bulk"]')];
if (label && boxes.length > 0) {
  const none = label.textContent;
  const buttons = [...document.querySelectorAll(".nt-tools button")];
  const show = () => {
    const chosen = boxes.filter((box) => box.checked);
    for (const box of boxes) box.closest("tr").classList.toggle("sel", box.checked);
    label.textContent = chosen.length === 0 ? none : label.dataset.chosen.replace("{n}", String(chosen.length));
    for (const button of buttons) button.disabled = chosen.length === 0;
  };
  for (const box of boxes) box.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}
