// Comfort for the form of queries: the cursor at what is wrong, Ctrl+Enter, words of the vocabulary while one is typed.
"use strict";
(() => {
  const form = document.querySelector("form.editor");
  const area = form.elements.query;
  const list = form.querySelector(".words");
  if (form.dataset.line) {
    const lines = area.value.split("\n").slice(0, form.dataset.line - 1);
    const at = lines.join("\n").length + (lines.length ? 1 : 0) + Number(form.dataset.column) - 1;
    const rest = /^\S+/.exec(area.value.slice(at));
    area.focus();
    area.setSelectionRange(at, at + (rest ? rest[0].length : 0));
  }
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    if (event.key === "Escape") list.hidden = true;
  });
  const known = JSON.parse(document.getElementById("words").textContent);
  const begun = () => /(?:^|[\s({;,.^/|])([a-z-]+:[\w-]*)$/.exec(area.value.slice(0, area.selectionStart));
  const offer = () => {
    const typed = begun();
    if (!typed) {
      list.hidden = true;
      return;
    }
    const start = typed[1].toLowerCase();
    const found = known.filter(([word]) => word.toLowerCase().startsWith(start) && word !== typed[1]).slice(0, 12);
    list.replaceChildren(...found.map(([word, name]) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.lang = "en";
      button.dir = "ltr";
      button.textContent = word;
      button.title = name;
      button.addEventListener("click", () => {
        const end = area.selectionStart;
        area.setRangeText(word, end - typed[1].length, end, "end");
        list.hidden = true;
        area.focus();
      });
      item.append(button);
      return item;
    }));
    list.hidden = !found.length;
  };
  area.addEventListener("input", offer);
})();
