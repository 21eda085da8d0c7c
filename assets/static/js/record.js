// The record: counts the course while it is typed, and copies the report with one tap.
const course = document.getElementById("f-process");
const line = document.getElementById("n-process");

function count() {
  const written = [...course.value.replace(/\s/g, "")].length;
  const { least, most, short, good, long } = line.dataset;
  const [words, more] =
    written < least ? [short, least - written] : written > most ? [long, written - most] : [good, 0];
  line.textContent = words.replace("{count}", written).replace("{more}", more);
}

course?.addEventListener("input", count);

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    document.getElementById("say").textContent = button.dataset.copied;
    button.textContent = button.dataset.copied;
  });
}
document.getElementById("wrong")?.focus();
