// The page of queries with the npm part: the field as an editor, a chart of the answer; in a folder the answer too.
import { editor } from "./editor.js";
import { chart } from "./chart.js";
import { local } from "./local.js";

const form = document.querySelector("form.editor");
const field = editor(form);
if (form.dataset.engine) local(form, field);
else {
  const table = document.querySelector(".answer table");
  if (table) chart(table);
}
form.elements.iris.addEventListener("change", () => document.querySelector(".answer:not([hidden])") && form.requestSubmit());
