// The answer to a query in the reader's own browser, over the graph of the folder: nothing is sent to anybody.
import { chart } from "./chart.js";

const RTL = new Set(["ar", "fa", "he", "ur"]);
const SHOWN = 300;
const ROWS = { csv: "text/csv", tsv: "text/tab-separated-values", json: "application/sparql-results+json", xml: "application/sparql-results+xml" };
const TRIPLES = { ttl: "text/turtle", nt: "application/n-triples", jsonld: "application/ld+json", rdf: "application/rdf+xml" };
const FORM = /^\s*(?:(?:#.*\n|PREFIX\s+\S*\s*<[^>]*>|BASE\s*<[^>]*>)\s*)*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b/i;

const script = (address) => new Promise((done, failed) => {
  const element = document.createElement("script");
  element.src = address;
  element.onload = done;
  element.onerror = () => failed(new Error(address));
  document.head.append(element);
});

/** Answer the queries of a form whose editor is `field`. */
export const local = (form, field) => {
  const lang = document.documentElement.lang;
  const say = form.dataset;
  const part = (name) => document.getElementById(name);
  const words = JSON.parse(part("words").textContent);
  const prefixes = words.filter(([, , kind]) => kind === "prefix");
  const usual = prefixes.map(([prefix, iri]) => `PREFIX ${prefix} <${iri}> `).join("");
  const called = new Map(words.map(([word, name]) => [word, [name, lang]]));
  let worker;
  let names;

  const told = (message, detail = "", line = 0) => {
    part("answer-part").hidden = true;
    part("status").textContent = "";
    const box = part("wrong");
    box.hidden = false;
    box.querySelector(".message").textContent = message;
    box.querySelector(".detail").textContent = detail;
    box.querySelector(".place").textContent = line;
  };

  const reply = (sent, seconds) => new Promise((done, failed) => {
    const end = setTimeout(() => {
      worker.terminate();
      worker = undefined;
      failed(new Error(say.slow));
    }, seconds * 1000);
    worker.onmessage = ({ data }) => {
      clearTimeout(end);
      if (data.error === undefined) done(data.text);
      else failed(new SyntaxError(data.error));
    };
    worker.onerror = (event) => {
      clearTimeout(end);
      worker = undefined;
      failed(new Error(event.message));
    };
    worker.postMessage(sent);
  });

  const ready = async () => {
    if (worker) return;
    part("status").textContent = say.loading;
    try {
      for (const address of [say.engine, say.graph, say.names]) await script(address);
      names ??= new Map(window.cybercoopNames.map(([path, shown]) => [path, shown[lang] || shown.en || Object.values(shown)[0]]));
      const source = URL.createObjectURL(new Blob([window.cybercoopEngine.worker], { type: "text/javascript" }));
      worker = new Worker(source);
      await reply({ program: window.cybercoopEngine.program, graph: window.cybercoopGraph }, 120);
      URL.revokeObjectURL(source);
    } catch (error) {
      worker?.terminate();
      worker = undefined;
      throw Object.assign(new Error(say.failed), { detail: error.message });
    }
  };

  const asked = async (query, media) => {
    await ready();
    part("status").textContent = say.asking;
    try {
      return await reply({ query: usual + query, form: media }, Number(say.seconds));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const [, row, column, why] = /error at (\d+):(\d+): (.*)/s.exec(error.message) || [];
      if (!row) throw new Error(error.message);
      const place = Math.max(Number(column) - (row === "1" ? usual.length : 0), 1);
      throw Object.assign(new Error(say.unreadable), { detail: why, line: Number(row), column: place });
    } finally {
      part("status").textContent = "";
    }
  };

  const short = (iri) => {
    for (const begin of [say.things, say.schemes]) if (iri.startsWith(begin)) return iri.slice(begin.length);
    const [prefix, start] = prefixes.find(([, known]) => iri.startsWith(known) && iri.length > known.length) || [];
    return prefix ? prefix + iri.slice(start.length) : iri;
  };

  const cell = (term) => {
    const made = document.createElement("td");
    const text = document.createElement("bdi");
    if (!term) {
      text.className = "unknown";
      text.textContent = say.none;
      made.append(text);
      return made;
    }
    const own = term["xml:lang"];
    text.textContent = term.value || "“”";
    if (own) text.lang = own;
    text.dir = own ? (RTL.has(own) ? "rtl" : "ltr") : "auto";
    if (term.type !== "uri") {
      made.append(text);
      return made;
    }
    const path = short(term.value);
    const [name, tongue] = (!form.elements.iris.checked && (names.get(path) || called.get(path))) || [path, ""];
    const link = document.createElement("a");
    text.textContent = name;
    text.dir = tongue ? (RTL.has(tongue) ? "rtl" : "ltr") : "ltr";
    if (tongue) text.lang = tongue;
    if (names.has(path)) link.href = `${path}.html`;
    else if (path.startsWith("coop:")) link.href = `ns.html#${path.slice(5)}`;
    else if (/^https?:\/\//.test(term.value)) Object.assign(link, { href: term.value, rel: "external noreferrer" });
    link.append(text);
    made.append(link);
    return made;
  };

  const show = (columns, rows) => {
    const head = document.createElement("tr");
    head.append(...columns.map((column) => {
      const made = document.createElement("th");
      Object.assign(made, { scope: "col", lang: "en", dir: "ltr", textContent: column });
      return made;
    }));
    const body = rows.slice(0, SHOWN).map((row) => {
      const made = document.createElement("tr");
      made.append(...columns.map((column) => cell(row[column])));
      [...made.cells].forEach((each, place) => (each.dataset.label = columns[place]));
      return made;
    });
    const section = part("answer-part");
    const table = section.querySelector("table");
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...body);
    section.querySelector(".wide").hidden = !rows.length;
    section.querySelector(".count").textContent = rows.length > SHOWN ? `${rows.length} (${SHOWN})` : rows.length;
    section.querySelector(".chart")?.remove();
    section.hidden = false;
    chart(table);
  };

  const files = (query, forms) => {
    part("files").replaceChildren(...Object.entries(forms).map(([suffix, media]) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "plain", lang: "en", textContent: suffix.toUpperCase() });
      button.addEventListener("click", async () => {
        try {
          const text = await asked(query, media);
          const link = document.createElement("a");
          link.href = URL.createObjectURL(new Blob([text], { type: media }));
          link.download = `answer.${suffix}`;
          link.click();
          URL.revokeObjectURL(link.href);
        } catch (error) {
          told(error.message);
        }
      });
      return button;
    }));
  };

  const run = async () => {
    const query = field.text();
    const address = `?${new URLSearchParams({ query })}`;
    part("wrong").hidden = true;
    field.clear();
    part("permalink").href = address;
    try {
      history.replaceState(null, "", address);
      const kind = (FORM.exec(query) || [])[1]?.toUpperCase();
      const triples = kind === "CONSTRUCT" || kind === "DESCRIBE";
      const answer = await asked(query, triples ? "application/n-quads" : ROWS.json);
      if (triples) show(["statement"], answer.split("\n").filter(Boolean).map((line) => ({ statement: { type: "literal", value: line } })));
      else {
        const { head, results, boolean } = JSON.parse(answer);
        if (results) show(head.vars, results.bindings);
        else show(["answer"], [{ answer: { type: "literal", value: boolean ? say.yes : say.no, "xml:lang": lang } }]);
      }
      files(query, triples ? TRIPLES : ROWS);
    } catch (error) {
      told(error.message, error.detail, error.line ? say.place.replace("{line}", error.line).replace("{column}", error.column) : "");
      if (error.line) field.mark(error.line, error.column, error.message);
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  document.querySelector("form.example").addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = event.target.elements.example.selectedOptions[0];
    field.write(chosen.dataset.query);
  });
  const given = new URLSearchParams(location.search).get("query");
  if (given) {
    field.write(given);
    run();
  }
};
