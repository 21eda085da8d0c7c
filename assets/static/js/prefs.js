// Letter size and colours change at once, without a new page. Without this script the same buttons post a form.
"use strict";
(function () {
  var root = document.documentElement;
  var keep = function (name, value) {
    var secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = name + "=" + value + "; Path=/; Max-Age=31536000; SameSite=Lax" + secure;
  };
  var buttons = document.querySelectorAll("form[data-prefs] button");
  Array.prototype.forEach.call(buttons, function (button) {
    button.addEventListener("click", function (event) {
      if (!navigator.cookieEnabled) return;
      event.preventDefault();
      keep(button.name, button.value);
      root.setAttribute("data-" + button.name, button.value);
      if (button.name === "size") {
        Array.prototype.forEach.call(buttons, function (other) {
          if (other.name === "size") other.setAttribute("aria-pressed", String(other === button));
        });
        return;
      }
      var words = button.querySelector("span");
      var now = words.textContent;
      words.textContent = button.getAttribute("data-other");
      button.setAttribute("data-other", now);
      button.value = button.value === "contrast" ? "light" : "contrast";
    });
  });
})();
