// Reads the page aloud with the phone's own voice. A phone without a voice for the page's language never sees the button.
"use strict";
(function () {
  var button = document.querySelector("[data-read]");
  var voice = window.speechSynthesis;
  if (!button || !voice || !window.SpeechSynthesisUtterance) return;
  var label = button.querySelector("span");
  var start = label.textContent;
  var stop = button.getAttribute("data-stop");
  var language = document.documentElement.lang;

  var offer = function () {
    var spoken = language.slice(0, 2);
    var can = voice.getVoices().some(function (one) { return one.lang.slice(0, 2).toLowerCase() === spoken; });
    if (can) button.hidden = false;
  };
  offer();
  if (voice.addEventListener) voice.addEventListener("voiceschanged", offer);

  var show = function (on) {
    button.setAttribute("aria-pressed", String(on));
    label.textContent = on ? stop : start;
  };
  // One utterance a line: long ones are cut off by some phones.
  var lines = function () {
    var part = document.querySelector("[data-speak]") || document.querySelector("main");
    var copy = part.cloneNode(true);
    var silent = copy.querySelectorAll(".s-btn, .vh, [aria-hidden=true], form, nav, script");
    Array.prototype.forEach.call(silent, function (node) { node.parentNode.removeChild(node); });
    var blocks = copy.querySelectorAll("h1, h2, h3, p, li, dt, dd");
    return Array.prototype.filter.call(blocks, function (node) { return !node.querySelector("h1, h2, h3, p, li, dt, dd"); })
      .map(function (node) { return node.textContent.replace(/\s+/g, " ").trim(); })
      .filter(function (text) { return text !== ""; });
  };
  button.addEventListener("click", function () {
    var on = button.getAttribute("aria-pressed") !== "true";
    voice.cancel();
    show(on);
    if (!on) return;
    var all = lines();
    all.forEach(function (text, index) {
      var said = new SpeechSynthesisUtterance(text);
      said.lang = language;
      said.rate = 0.85;
      if (index === all.length - 1) said.onend = function () { show(false); };
      voice.speak(said);
    });
  });
  window.addEventListener("pagehide", function () { voice.cancel(); });
})();
