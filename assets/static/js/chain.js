// The button says what taking the list over would do, as chosen now.
const form = document.querySelector("[data-chain]");
const button = form?.querySelector("[data-take]");

function count() {
  const n = { join: 0, wait: 0, cancel: 0, new: 0, choose: 0 };
  for (const row of form.querySelectorAll("[data-wish]")) {
    const chosen = row.querySelector("input[type=radio]:checked")?.value;
    row.classList.toggle("open", !chosen);
    if (!chosen) {
      n.choose += 1;
    } else if (chosen !== "skip") {
      const more = [...row.querySelectorAll("[data-more]")].filter((box) => box.value.trim()).length;
      n[row.dataset.wish] += 1 + (row.dataset.wish === "cancel" ? 0 : more);
      if (row.dataset.wish !== "cancel") n.new += (chosen === "new" ? 1 : 0) + more;
    }
  }
  n.cancel += form.querySelectorAll("input[name=gone]:checked").length;
  const words = ["join", "wait", "cancel", "new"].filter((what) => n[what]);
  const said = words.map((what) => button.dataset[what].replace("{n}", n[what]));
  button.textContent = said.join(button.dataset.comma) || button.dataset.nothing;
  const open = form.querySelector("[data-open]");
  open.textContent = n.choose ? button.dataset.choose.replace("{n}", n.choose) : "";
}

if (button) {
  form.addEventListener("input", count);
  form.addEventListener("change", count);
  count();
}
document.getElementById("wrong")?.focus();
