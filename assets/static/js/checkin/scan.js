// Cards: read by a scanner that types, or by the camera. The decoder for browsers without one of their own is loaded when it is needed.

const PAUSE_MS = 3_000;
const LOOK_MS = 200;
const SAME_MS = 4_000;

// The code in what was read, as the server reads it; empty when it cannot be a card.
export function codeOf(text) {
  let code = text.replace(/[\s-]/g, "").toUpperCase();
  if (code.length === 18 && code.startsWith("XL")) code = code.slice(2);
  code = code.replace(/O/g, "0").replace(/[IL]/g, "1");
  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(code) ? code : "";
}

// A scanner types the code and Enter, wherever the cursor stands.
export function listen(found) {
  let typed = "";
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.timeStamp - last > PAUSE_MS) typed = "";
    last = event.timeStamp;
    if (event.key !== "Enter") {
      if (event.key.length === 1) typed = (typed + event.key).slice(-60);
      return;
    }
    const field = event.target.matches("input[type=search]") ? event.target : null;
    const code = codeOf(field?.value || "") || codeOf(typed) || codeOf(typed.slice(-18));
    typed = "";
    if (!code) return;
    event.preventDefault();
    if (field) field.value = "";
    found(code);
  });
}

function load(address) {
  return new Promise((resolve, reject) => {
    if (window.jsQR) return resolve(window.jsQR);
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.jsQR);
    script.onerror = () => reject(new Error("the decoder did not load"));
    document.head.append(script);
  });
}

async function decoder(address) {
  if ("BarcodeDetector" in window) {
    try {
      const formats = await window.BarcodeDetector.getSupportedFormats();
      if (formats.includes("qr_code")) {
        const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
        return async (video) => (await detector.detect(video))[0]?.rawValue || "";
      }
    } catch {
      // A detector that is there in name only: the other way is open.
    }
  }
  const jsQR = await load(address);
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, 640 / (video.videoWidth || 640));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!canvas.width) return "";
    drawing.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = drawing.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data || "";
  };
}

// Looks through the camera until `stop` is called. Throws when there is no camera or it is not allowed.
async function watch(video, address, found) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const stopStream = () => stream.getTracks().forEach((track) => track.stop());
  let look;
  try {
    look = await decoder(address);
  } catch (error) {
    stopStream();
    throw error;
  }
  video.srcObject = stream;
  await video.play();
  let running = true;
  let seen = "";
  let seenAt = 0;
  const again = async () => {
    if (!running) return;
    const code = codeOf(await look(video).catch(() => ""));
    const now = Date.now();
    if (code && (code !== seen || now - seenAt > SAME_MS)) {
      seen = code;
      seenAt = now;
      found(code);
    }
    setTimeout(again, LOOK_MS);
  };
  again();
  return function stop() {
    running = false;
    stopStream();
    video.srcObject = null;
  };
}

// What the button does that starts and stops looking; `panel` shows the picture and says what is the matter.
export function camera(button, panel, address, words, found) {
  let stop = null;
  return async () => {
    const said = panel.querySelector("[data-camera-words]");
    panel.hidden = false;
    said.textContent = words("scan-hint");
    if (stop) {
      stop();
      stop = null;
    } else {
      try {
        if (!navigator.mediaDevices) throw new Error("no camera at an address without TLS");
        stop = await watch(panel.querySelector("video"), address, (code) => {
          navigator.vibrate?.(80);
          found(code);
        });
      } catch (error) {
        said.textContent = words(error.name === "NotAllowedError" ? "scan-denied" : "scan-none");
        return;
      }
    }
    panel.hidden = !stop;
    button.querySelector("span").textContent = words(stop ? "scan-stop" : "scan-start");
  };
}
