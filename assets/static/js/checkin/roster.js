// The list as it stands on the page: rows are made, moved between the groups and counted. It knows nothing of sending.

const $ = (selector, within = document) => within.querySelector(selector);

export const lists = { missing: $("[data-missing]"), excused: $("[data-excused]"), present: $("[data-present]") };
export const heads = new Map();
export const said = JSON.parse(document.body.dataset.said || "{}");

export const words = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.split(`{${name}}`).join(value), said[key] || "");

export const rowsOf = (resident) => [...document.querySelectorAll(`.ck-row[data-resident="${CSS.escape(resident)}"]`)];
export const rowOfEntry = (id) => (id ? $(`.ck-row[data-entry="${CSS.escape(id)}"]`) : null);
export const rowOfAbsence = (id) => (id ? $(`.ck-row[data-absence="${CSS.escape(id)}"]`) : null);
export const rowOfCard = (card) => $(`.ck-row[data-card="${CSS.escape(card)}"]`);
export const nameOf = (row) => $(".nm", row).textContent;
export const headcount = () => [...heads.values()].reduce((sum, n) => sum + n, 0);
export const reasonWords = (reason) => $(`[data-why="${reason}"]`, $("[data-row]").content)?.textContent || reason;

const clock = () => {
  const now = new Date();
  return `${now.getHours()}:${String(now.getMinutes()).padStart(2, "0")}`;
};

// A row as it is kept, and back.
export function snapshot() {
  const own = (row) => !row.closest("[data-found]");
  const rows = [...document.querySelectorAll(".ck-list .ck-row")].filter(own).map((row) => ({
    resident: row.dataset.resident,
    entry: row.dataset.entry,
    absence: row.dataset.absence,
    reason: row.dataset.reason,
    card: row.dataset.card,
    name: nameOf(row),
    about: $(".ad", row).textContent,
    note: row.dataset.note,
    time: row.dataset.at,
    keys: row.parentElement.dataset.k,
  }));
  return { rows, heads: [...heads] };
}

export function addRow(kept) {
  const item = $("[data-row]").content.firstElementChild.cloneNode(true);
  const row = $(".ck-row", item);
  item.dataset.k = kept.keys || "";
  for (const name of ["resident", "entry", "absence", "reason", "card"]) row.dataset[name] = kept[name] || "";
  row.dataset.note = kept.note || "";
  row.dataset.at = kept.time || "";
  row.setAttribute("aria-pressed", String(Boolean(kept.entry)));
  $(".nm", row).textContent = kept.name;
  $(".ad", row).textContent = kept.about || "";
  $(".ck-why .vh", item).textContent = `${kept.name} `;
  home(row).append(item);
  return row;
}

function home(row) {
  if (row.dataset.entry) return lists.present;
  return row.dataset.reason ? lists.excused : lists.missing;
}

// Puts a resident where they belong: counted by `entry`, or missing for a reason, or neither.
export function place(resident, { entry = "", absence = "", reason = "" }) {
  for (const row of rowsOf(resident)) {
    Object.assign(row.dataset, { entry, absence, reason, at: entry ? clock() : "" });
    row.setAttribute("aria-pressed", String(Boolean(entry)));
    const item = row.parentElement;
    item.querySelector("details").open = false;
    if (item.parentElement.matches("[data-found]") || item.parentElement === home(row)) continue;
    if (entry) lists.present.prepend(item);
    else home(row).append(item);
  }
  // Found by searching among everybody: they stand on the list as well from now on.
  const found = rowsOf(resident);
  if (entry && found.length && found.every((row) => row.closest("[data-found]"))) {
    lists.present.prepend(found[0].parentElement.cloneNode(true));
  }
}

export function draw(waiting, open) {
  const count = (list) => list.querySelectorAll("li").length;
  const here = count(lists.present);
  const away = count(lists.excused);
  const missing = count(lists.missing);
  $("[data-missing-words]").textContent = words("missing-js", { count: missing });
  $("[data-excused-words]").textContent = words("excused-js", { count: away });
  $("[data-present-words]").textContent = words("present-js", { count: here });
  $("[data-excused-head]").hidden = away === 0;
  $("[data-nobody]").hidden = here + away + missing > 0;
  $("[data-visits]").textContent = here + headcount();
  const nobodyCame = here + headcount() === 0 && heads.size > 0;
  $("[data-nobody-said]").hidden = !nobodyCame;
  $("[data-none]").hidden = !open || here + headcount() > 0 || nobodyCame;
  $("[data-all]").hidden = !open || missing === 0;
  const input = $("[data-walk] input[name=heads]");
  if (document.activeElement !== input) input.value = headcount();
  $("[data-fewer]").disabled = headcount() === 0 || !open;
  const ids = new Set(waiting.map((op) => op.id));
  for (const row of document.querySelectorAll(".ck-row")) {
    const { entry, absence, at, note, reason } = row.dataset;
    const queued = ids.has(entry) || ids.has(absence);
    row.classList.toggle("queued", queued);
    $("[data-note]", row).textContent = !entry && reason ? reasonWords(reason) : note;
    $("[data-time]", row).textContent = queued ? `${at} ${words("queued")}`.trim() : at;
    $("[data-unwhy]", row.parentElement)?.toggleAttribute("hidden", !absence);
  }
}

// What the server wrote into the page.
export function read() {
  for (const row of document.querySelectorAll(".ck-list .ck-row")) {
    row.dataset.at = $("[data-time]", row).textContent;
    // A reason is said by the row itself; the note is what else there is.
    row.dataset.note = row.dataset.reason ? "" : $("[data-note]", row).textContent;
  }
  for (const pair of (document.body.dataset.heads || "").split(" ").filter(Boolean)) {
    const [id, n] = pair.split(":");
    heads.set(id, Number(n));
  }
}

export function search(text) {
  const wanted = text.trim().toLowerCase();
  for (const item of document.querySelectorAll(".ck-list li")) {
    const keys = item.dataset.k.toLowerCase();
    item.hidden = Boolean(wanted) && !(keys.startsWith(wanted) || keys.slice(keys.indexOf(" ")).includes(wanted));
  }
}
