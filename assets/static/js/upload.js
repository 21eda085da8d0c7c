// Sending a file: how much has left, and a word before sending what is too large. Without this the form posts as it is.
const form = document.getElementById("upload");

function sayThere(text) {
  const line = document.getElementById("sent-say");
  line.hidden = !text;
  line.textContent = text;
}

/** Shows the page that came instead of this one, with the address it has. */
function become(request) {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const main = page.getElementById("main");
  if (!main) {
    sayThere(form.dataset.failed);
    return;
  }
  if (request.status < 400 && request.responseURL) {
    location.assign(request.responseURL);
    return;
  }
  document.getElementById("main").replaceWith(main);
  document.getElementById("wrong")?.focus();
  start();
}

function send(event) {
  const box = event.target;
  const [file] = [...box.querySelectorAll("input[type=file]")].flatMap((one) => [...one.files]);
  if (file && file.size > Number(box.dataset.most)) {
    event.preventDefault();
    sayThere(box.dataset.tooLarge);
    return;
  }
  if (!file) return;
  event.preventDefault();
  const bar = document.getElementById("sent");
  const button = box.querySelector("button[type=submit]");
  const request = new XMLHttpRequest();
  request.open("POST", box.action);
  request.upload.addEventListener("progress", (now) => {
    if (now.lengthComputable) bar.value = Math.round((now.loaded / now.total) * 100);
  });
  const failed = () => {
    bar.hidden = true;
    button.disabled = false;
    sayThere(box.dataset.failed);
  };
  request.addEventListener("load", () => become(request));
  request.addEventListener("error", failed);
  request.addEventListener("abort", failed);
  bar.hidden = false;
  bar.value = 0;
  button.disabled = true;
  sayThere(box.dataset.sending);
  request.send(new FormData(box));
}

function start() {
  document.getElementById("upload")?.addEventListener("submit", send);
}

start();
