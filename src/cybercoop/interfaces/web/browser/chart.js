// Two columns of an answer as bars, beside its table, which says the same.
const NUMBER = /^\d+(?:\.\d+)?$/;
const MOST = 60;

/** Put a chart above a table that has a column of numbers and another; none where it has not. */
export const chart = (table) => {
  const made = document.getElementById("chart").content.cloneNode(true);
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.querySelector("bdi, .unknown") || cell));
  const text = (row, column) => row[column].textContent.trim();
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const numbers = heads.map((_, column) => column).filter((column) => rows.every((row) => NUMBER.test(text(row, column))));
  if (heads.length < 2 || rows.length < 2 || !numbers.length) return;
  const [names, counts] = made.querySelectorAll("select");
  const option = (column) => new Option(heads[column], column);
  names.append(...heads.map((_, column) => option(column)));
  counts.append(...numbers.map(option));
  const value = numbers.at(-1);
  counts.value = value;
  names.value = heads.findIndex((_, column) => column !== value && !numbers.includes(column));
  if (names.selectedIndex < 0) names.value = numbers.find((column) => column !== value) ?? 0;
  const list = made.querySelector(".bars");
  const caption = made.querySelector("figcaption");
  const draw = () => {
    const shown = rows.slice(0, MOST);
    const most = Math.max(...shown.map((row) => Number(text(row, counts.value)))) || 1;
    list.replaceChildren(...shown.map((row) => {
      const item = document.createElement("li");
      const name = row[names.value].cloneNode(true);
      const bar = document.createElement("span");
      const number = document.createElement("b");
      bar.className = "bar";
      bar.style.inlineSize = `${(Number(text(row, counts.value)) / most) * 100}%`;
      number.textContent = text(row, counts.value);
      const line = document.createElement("span");
      line.className = "line";
      line.append(bar, number);
      item.append(name, line);
      return item;
    }));
    caption.textContent = `${heads[counts.value]} / ${heads[names.value]}${rows.length > MOST ? ` (${MOST} / ${rows.length})` : ""}`;
  };
  names.addEventListener("change", draw);
  counts.addEventListener("change", draw);
  draw();
  document.querySelector(".answer .chart")?.remove();
  table.closest(".wide").before(made);
};
