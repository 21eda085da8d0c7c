// The button says how many sessions are ticked.
const form = document.getElementById("copy");
const button = form?.querySelector("button[data-many]");
if (button) {
  const count = () => {
    const ticked = form.querySelectorAll('input[name="take"]:checked').length;
    button.textContent = button.dataset.many.replace("0", ticked);
    button.disabled = ticked === 0;
  };
  form.addEventListener("change", count);
  count();
}
document.getElementById("wrong")?.focus();
