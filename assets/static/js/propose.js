// Looks again by itself when place, pace, day, length or time changes; without this script the button "look" does the same.
const form = document.querySelector("form[data-look]");
if (form && window.fetch && window.DOMParser) {
  let turn = 0;
  const look = async () => {
    const mine = ++turn;
    const asked = new URLSearchParams(new FormData(form));
    asked.set("step", "2");
    const address = form.action + "?" + asked;
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("look");
      if (!answer.ok || !fresh || mine !== turn) return;
      const held = document.activeElement && document.activeElement.id;
      document.getElementById("look").replaceWith(fresh);
      if (held && document.getElementById(held)) document.getElementById(held).focus();
      history.replaceState(null, "", address);
    } catch (error) {
      // Without a network the button stays, which says so by itself.
    }
  };
  form.addEventListener("change", look);
}
