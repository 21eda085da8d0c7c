// Passes the page of a session on with the phone's own sharing. A phone that cannot share never sees the button.
"use strict";
(function () {
  var button = document.querySelector("[data-share]");
  if (!button || !navigator.share) return;
  button.hidden = false;
  button.addEventListener("click", function () {
    var sent = navigator.share({ title: button.getAttribute("data-share-title"), url: button.getAttribute("data-share") });
    if (sent && sent.catch) sent.catch(function () { /* closed without sending */ });
  });
})();
