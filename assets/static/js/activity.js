// New activity: only the fields of the chosen repetition are shown, and the dates follow what is typed.
import { livePreview, say } from "./live.js";

const form = document.getElementById("activity");
const groups = {
  weekly: [".rp-weekly", ".rp-end"],
  biweekly: [".rp-weekly", ".rp-end"],
  monthly_nth: [".rp-nth", ".rp-end"],
  monthly_day: [".rp-day", ".rp-end"],
  lunar_month: [".rp-lunar", ".rp-lunar-month", ".rp-end"],
  lunar_year: [".rp-lunar-year", ".rp-lunar", ".rp-end"],
  term: [".rp-term", ".rp-end"],
  sanfu: [".rp-sanfu", ".rp-end"],
  sanjiu: [".rp-sanjiu", ".rp-end"],
  custom: [".rp-rule"],
};
const all = [...new Set(Object.values(groups).flat())];

function arrange() {
  const wanted = groups[form.elements.repeat.value] ?? [];
  for (const name of all) form.querySelector(name).hidden = !wanted.includes(name);
  form.elements.term_days.closest(".fld").hidden = form.elements.term_side.value === "on";
  const ends = form.elements.ends.value;
  form.elements.end_date.closest(".fld").hidden = ends !== "date";
  form.elements.end_count.closest(".fld").hidden = ends !== "count" && ends !== "held";
}

if (form) {
  arrange();
  form.addEventListener("change", arrange);
  const box = document.getElementById("dates");
  const ask = livePreview(form, box, {
    after: () => say(box.querySelector(".rule-words")?.textContent ?? ""),
  });
  if (form.elements.date.value && !document.getElementById("wrong")) ask();
  document.getElementById("wrong")?.focus();
}
