// What forms share: ask the server what a form would do, a moment after somebody stopped typing, and show its answer.

/**
 * Shows under `target` what `form` would do. Answers that come late, after a newer question, are dropped. Without network the
 * old answer stays and the button that asks by hand still works.
 */
export function livePreview(form, target, { wait = 350, after = () => {} } = {}) {
  form.classList.add("live");
  let timer = 0;
  let asked = 0;
  const ask = async () => {
    const mine = ++asked;
    try {
      const response = await fetch(form.dataset.preview, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "text/html" },
      });
      // 409: somebody else was faster; what they did is worth showing.
      if ((!response.ok && response.status !== 409) || mine !== asked) return;
      const html = await response.text();
      if (mine !== asked) return;
      target.innerHTML = html;
      after(target);
    } catch {
      // Offline: nothing was lost, the form still posts.
    }
  };
  const later = () => {
    asked += 1;
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  return ask;
}

/** Says a text through the page's live region. */
export function say(text) {
  const region = document.getElementById("say");
  if (region) region.textContent = text;
}
