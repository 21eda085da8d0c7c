// Shows who is found while somebody types; a digit behind letters, or the arrows and Enter, open one. Without it the page does the same at Enter.
const form = document.querySelector("[data-find]");
const input = form?.elements.q;
const list = document.querySelector("[data-people]");
const WAIT_MS = 120;
const MOST = 9;
let timer = 0;
let asked = 0;

function line(one, number) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const query = new URLSearchParams({ who: one.id });
  if (form.elements.session?.value) query.set("session", form.elements.session.value);
  link.href = `/staff/desk?${query}`;
  const key = document.createElement("b");
  key.className = "key";
  key.textContent = number;
  key.setAttribute("aria-hidden", "true");
  const about = document.createElement("small");
  const tail = (one.phone || one.family_phone || "").slice(-4);
  about.textContent = [one.building, tail && form.dataset.tail.replace("{tail}", tail)].filter(Boolean).join(" · ");
  const name = document.createElement("span");
  name.append(one.name, about);
  link.append(key, name);
  item.append(link);
  return item;
}

async function search(text) {
  const turn = ++asked;
  const query = new URLSearchParams({ query: text, limit: MOST });
  const response = await fetch(`${form.dataset.api}?${query}`, { credentials: "same-origin" });
  if (!response.ok || turn !== asked) return;
  const { items } = await response.json();
  if (turn === asked) list.replaceChildren(...items.map((one, at) => line(one, at + 1)));
}

input?.addEventListener("input", () => {
  clearTimeout(timer);
  const text = input.value.trim();
  // The digit behind letters is not a part of the search.
  const letters = text.replace(/^(.*\D)\d$/, "$1").trim();
  if (!letters) {
    asked += 1;
    list.replaceChildren();
    return;
  }
  // A search that fails shows nothing new; Enter still asks the page.
  timer = setTimeout(() => search(letters).catch(() => {}), WAIT_MS);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [input, ...list.querySelectorAll("a")];
  const at = stops.indexOf(document.activeElement);
  if (at < 0) return;
  const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

// Two ways to the next caller: what is typed is ready to be replaced.
if (document.activeElement === input) input.select();
document.getElementById("wrong")?.focus();
