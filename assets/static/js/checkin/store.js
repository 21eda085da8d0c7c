// What this device keeps, in IndexedDB: taps that wait (opaque ids and card codes), what the list shows (for 48 hours), and what was
// refused and not yet seen. Where the browser keeps nothing, memory stands in and `isKept()` says so.

const NAME = "checkin";
const STORES = ["meta", "sessions", "ops", "notes"];
const LIST_HOURS = 48;
const LEASE_MS = 30_000;

let opened = null;
let kept = true;
let numbers = 0;
const memory = Object.fromEntries(STORES.map((name) => [name, new Map()]));

function open() {
  opened =
    opened ||
    new Promise((resolve) => {
      const lost = () => {
        kept = false;
        resolve(null);
      };
      try {
        const request = indexedDB.open(NAME, 1);
        request.onupgradeneeded = () => {
          const db = request.result;
          db.createObjectStore("meta", { keyPath: "key" });
          db.createObjectStore("sessions", { keyPath: "id" });
          db.createObjectStore("ops", { keyPath: "seq", autoIncrement: true });
          db.createObjectStore("notes", { keyPath: "seq", autoIncrement: true });
        };
        request.onsuccess = () => {
          // Somebody logs out in another window.
          request.result.onversionchange = () => request.result.close();
          resolve(request.result);
        };
        request.onerror = lost;
        request.onblocked = lost;
      } catch {
        lost();
      }
    });
  return opened;
}

// One transaction. `work` is handed the stores and may return a request or a function that has its answer at the end.
async function within(names, mode, work) {
  const db = kept ? await open() : null;
  if (!db) return null;
  try {
    return await new Promise((resolve, reject) => {
      // Strict: what was answered as kept survives a battery that is pulled out.
      const transaction = db.transaction(names, mode, { durability: "strict" });
      let answer = null;
      transaction.oncomplete = () => resolve({ value: typeof answer === "function" ? answer() : answer?.result });
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
      answer = work(...names.map((name) => transaction.objectStore(name)));
    });
  } catch {
    kept = false;
    return null;
  }
}

const keyOf = (name, value) => (name === "meta" ? value.key : name === "sessions" ? value.id : value.seq);

async function all(name) {
  const found = await within([name], "readonly", (store) => store.getAll());
  return [...(found?.value || []), ...memory[name].values()];
}

async function put(name, values) {
  const done = await within([name], "readwrite", (store) => {
    for (const value of values) store.put(value);
    return () => true;
  });
  if (done) return;
  for (const value of values) {
    if (!keyOf(name, value)) value.seq = -1e9 + ++numbers;
    memory[name].set(keyOf(name, value), value);
  }
}

async function drop(name, keys) {
  for (const key of keys) memory[name].delete(key);
  await within([name], "readwrite", (store) => {
    for (const key of keys) store.delete(key);
    return () => true;
  });
}

export const isKept = () => kept;
export const sessions = () => all("sessions");
export const session = async (id) => (await sessions()).find((one) => one.id === id);
export const saveSession = (one) => put("sessions", [{ ...one, savedAt: Date.now() }]);
export const ops = async () => (await all("ops")).sort((a, b) => a.seq - b.seq);
export const addOps = (list) => put("ops", list);
export const removeOps = (list) => drop("ops", list.map((op) => op.seq));
export const notes = () => all("notes");
export const addNotes = (list) => put("notes", list);
export const removeNotes = (list) => drop("notes", list.map((note) => note.seq));

// Marks as sent at least once those of `list` that still wait, and answers them: a tap undone meanwhile is not sent.
export async function tryOps(list) {
  const still = [];
  for (const op of list.filter((op) => memory.ops.has(op.seq))) still.push(Object.assign(op, { tried: true }));
  await within(["ops"], "readwrite", (store) => {
    for (const op of list) {
      const request = store.get(op.seq);
      request.onsuccess = () => {
        if (!request.result) return;
        const tried = { ...request.result, tried: true };
        store.put(tried);
        still.push(tried);
      };
    }
    return () => true;
  });
  return still.sort((a, b) => a.seq - b.seq);
}

// Undoes taps: those that never left this device are forgotten, the others get their undoing queued. All in one transaction.
export async function takeBack(undoings) {
  const gone = new Set();
  for (const [seq, op] of memory.ops) {
    if (!op.tried && undoings.some((undo) => undo.id === op.id)) {
      memory.ops.delete(seq);
      gone.add(op.id);
    }
  }
  const done = await within(["ops"], "readwrite", (store) => {
    const request = store.getAll();
    request.onsuccess = () => {
      for (const op of request.result) {
        if (!op.tried && op.op !== "out" && op.op !== "unwhy" && undoings.some((undo) => undo.id === op.id)) {
          store.delete(op.seq);
          gone.add(op.id);
        }
      }
      for (const undo of undoings) if (!gone.has(undo.id)) store.put(undo);
    };
    return () => true;
  });
  if (!done) await put("ops", undoings.filter((undo) => !gone.has(undo.id)));
}

async function meta(key) {
  return (await all("meta")).find((one) => one.key === key)?.value;
}

// What another account left behind is not for this one.
export async function adopt(owner) {
  const before = await meta("owner");
  if (before && before !== owner) {
    for (const name of STORES) await drop(name, (await all(name)).map((value) => keyOf(name, value)));
  }
  await put("meta", [{ key: "owner", value: owner }]);
  const oldest = Date.now() - LIST_HOURS * 3_600_000;
  await drop("sessions", (await sessions()).filter((one) => !(one.savedAt > oldest)).map((one) => one.id));
}

// The names go; taps, which hold none, stay for whoever logs in again.
export async function forgetNames() {
  await drop("sessions", (await sessions()).map((one) => one.id));
  await drop("notes", (await notes()).map((one) => one.seq));
}

export async function wipe() {
  const db = kept ? await open() : null;
  db?.close();
  opened = null;
  await new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = request.onerror = request.onblocked = resolve;
  });
}

// One window at a time does `work`; the others wait for it.
export async function alone(work) {
  if (navigator.locks) {
    return navigator.locks.request("checkin-send", work);
  }
  const me = `${Date.now()}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const held = await within(["meta"], "readwrite", (store) => {
    const request = store.get("lease");
    let mine = false;
    request.onsuccess = () => {
      const other = request.result;
      mine = !other || other.until < Date.now();
      if (mine) store.put({ key: "lease", value: me, until: Date.now() + LEASE_MS });
    };
    return () => mine;
  });
  if (held && !held.value) return undefined;
  try {
    return await work();
  } finally {
    await drop("meta", ["lease"]);
  }
}
