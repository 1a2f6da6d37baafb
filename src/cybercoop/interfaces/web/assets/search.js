// Search in a copy without a server: every word in a name of a thing; where there is none, in what is told of it.
"use strict";
(() => {
  const lang = document.documentElement.lang;
  const same = { "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه" };
  const fold = (text) =>
    text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f\u064b-\u065f\u0670\u0640*]/g, "")
      .replace(/[أإآٱىیکة]/g, (letter) => same[letter]).replace(/[’‘ʼʻ`´′]/g, "'").replace(/[‐‑‒–—―−]/g, "-")
      .replace(/[٠-٩]/g, (digit) => digit.charCodeAt(0) - 0x660).split(/\s+/).filter(Boolean).join(" ");
  const wanted = fold(new URLSearchParams(location.search).get("q") || "");
  document.getElementById("q").value = new URLSearchParams(location.search).get("q") || "";
  if (!wanted) return;
  const words = wanted.split(" ");
  const rank = ([, , , names, more]) => {
    if (names.includes(wanted)) return 0;
    if (names.some((name) => name.startsWith(wanted) || name.includes(`(${wanted})`))) return 1;
    if (names.some((name) => words.every((word) => name.includes(word)))) return 2;
    if (!words.every((word) => more.includes(word))) return Infinity;
    const partly = words.filter((word) => !` ${more} `.includes(` ${word} `)).length;
    return 3 + partly + Math.min(...names.map((name) => words.filter((word) => !name.includes(word)).length));
  };
  const ranked = window.cybercoopNames.map((entry) => [rank(entry), entry]);
  const named = ranked.filter(([place]) => place < 3);
  const found = named.length ? named : ranked.filter(([place]) => place < Infinity);
  found.sort(([one, a], [other, b]) => one - other || a[3][0].length - b[3][0].length);
  const list = document.getElementById("found");
  const more = document.getElementById("more");
  more.textContent = more.textContent.replace("#", String(found.length - 200));
  more.hidden = found.length <= 200;
  document.getElementById("nothing").hidden = found.length > 0;
  for (const [, [path, shown, kind]] of found.slice(0, 200)) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const [text, tongue] = shown[lang] || shown.en || Object.values(shown)[0];
    link.href = `${path}.html`;
    link.textContent = text;
    link.lang = tongue;
    link.dir = tongue === "ar" ? "rtl" : "ltr";
    const told = document.createElement("span");
    told.className = "kind";
    told.textContent = kind[lang] || "";
    item.append(link, " ", told);
    list.append(item);
  }
})();
