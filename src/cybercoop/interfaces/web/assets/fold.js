// A part of the page that an address leads to is opened; without a script, its heading opens it.
"use strict";
(() => {
  const open = () => document.getElementById(decodeURIComponent(location.hash.slice(1)))?.querySelector("details.fold")?.setAttribute("open", "");
  addEventListener("hashchange", open);
  open();
})();
