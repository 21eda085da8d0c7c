// How far an import has come, without reloading. When it has ended the page is asked for again, which then tells what came of it.
const box = document.getElementById("running");
const EVERY = 1000;

async function look() {
  let now;
  try {
    const answer = await fetch(box.dataset.progress, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    now = await answer.json();
  } catch {
    // The network is gone for a moment: the link to look again is there all the same.
    setTimeout(look, EVERY * 5);
    return;
  }
  if (!now.running) {
    location.reload();
    return;
  }
  const bar = document.getElementById("far");
  bar.max = now.total;
  bar.value = now.done;
  const say = document.getElementById("far-say");
  if (say.textContent !== now.said) say.textContent = now.said;
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
