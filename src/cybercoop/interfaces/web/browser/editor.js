// The field of a query as an editor (CodeMirror 6) in a shadow root, where a strict policy permits its styles.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, insertBracket } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { sparql } from "codemirror-lang-sparql";

const MOST = 40;
const NAMES = { class: "class", property: "property", prefix: "namespace" };

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.number, tags.literal, tags.bool], color: "var(--warn)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.variableName], fontStyle: "italic" },
]);

const theme = EditorView.theme({
  "&": { border: "1px solid color-mix(in srgb, var(--soft) 65%, transparent)", borderRadius: "6px", background: "var(--sheet)", color: "var(--ink)", fontSize: ".92rem" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace', lineHeight: "1.55", minHeight: "12rem", maxHeight: "32rem" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-gutters": { background: "var(--faint)", color: "var(--soft)", border: "0", borderRadius: "6px 0 0 6px" },
  ".cm-tooltip": { background: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "6px", maxWidth: "90vw" },
  ".cm-tooltip-autocomplete > ul > li": { padding: ".15rem .5rem" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--accent)", color: "var(--paper)" },
  ".cm-completionDetail": { unicodeBidi: "isolate", fontStyle: "normal", fontFamily: "var(--text)" },
  ".cm-diagnostic-error": { borderInlineStart: "4px solid var(--warn)" },
});

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Return what completes a word: of the vocabulary, by the word or by what it is called; of variables, those there. */
const completing = (words) => (context) => {
  const typed = context.matchBefore(/[?$]?[\p{L}\p{N}_:.-]*/u);
  if (!typed.text && !context.explicit) return null;
  if (/^[?$]/.test(typed.text)) {
    const known = new Set(context.state.doc.toString().match(/[?$]\w+/g));
    known.delete(typed.text);
    return { from: typed.from, options: [...known].map((label) => ({ label, type: "variable" })) };
  }
  const start = folded(typed.text);
  const rank = ([word, name]) => {
    const lower = word.toLowerCase();
    if (lower.startsWith(start)) return 0;
    if (lower.split(":")[1]?.startsWith(start)) return 1;
    return folded(name).split(/[\s’']+/).some((part) => part.startsWith(start)) ? 2 : 3;
  };
  const found = words.map((entry) => [rank(entry), entry]).filter(([place]) => place < 3).sort(([a], [b]) => a - b);
  const options = found.slice(0, MOST).map(([, [label, detail, kind]]) => ({ label, detail, type: NAMES[kind] }));
  return options.length ? { from: typed.from, options, filter: false } : null;
};

/** Write what is typed over a selection: a browser that does so by itself writes styles, which the policy forbids. */
const over = (event, view) => {
  if (event.inputType !== "insertText" || view.composing || view.state.selection.main.empty) return false;
  view.dispatch(insertBracket(view.state, event.data) ?? view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type" }));
  event.preventDefault();
  return true;
};

/** Put an editor in the place of the field of a form; return how to read it, write it and mark what is wrong. */
export const editor = (form) => {
  const area = form.elements.query;
  const label = form.querySelector(`label[for="${area.id}"]`);
  const host = document.createElement("div");
  host.className = "codemirror";
  host.dir = "ltr";
  area.after(host);
  area.hidden = true;
  area.required = false; // a field that is not shown cannot be asked for
  const root = host.attachShadow({ mode: "open" });
  const send = () => form.requestSubmit() || true;
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        lineNumbers(), history(), bracketMatching(), closeBrackets(), sparql(), syntaxHighlighting(colours), theme,
        EditorView.lineWrapping, EditorView.domEventHandlers({ beforeinput: over }),
        EditorView.contentAttributes.of({ "aria-label": label.textContent.trim(), lang: "en", spellcheck: "false" }),
        autocompletion({ override: [completing(JSON.parse(document.getElementById("words").textContent))], icons: false }),
        keymap.of([{ key: "Mod-Enter", run: send }, ...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
        EditorView.updateListener.of((update) => update.docChanged && (area.value = update.state.doc.toString())),
      ],
    }),
  });
  label.addEventListener("click", () => view.focus());
  const mark = (line, column, message) => {
    const row = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    const from = Math.min(row.from + [...row.text].slice(0, column - 1).join("").length, row.to);
    const to = from + /^\S*/.exec(row.text.slice(from - row.from))[0].length;
    view.dispatch(setDiagnostics(view.state, [{ from, to, severity: "error", message }]));
    view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    view.focus();
  };
  if (form.dataset.line) {
    mark(Number(form.dataset.line), Number(form.dataset.column), document.querySelector("#wrong p").textContent.trim());
  }
  return {
    text: () => view.state.doc.toString(),
    write: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    clear: () => view.dispatch(setDiagnostics(view.state, [])),
    mark,
  };
};
