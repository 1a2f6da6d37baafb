// Answers queries over the graph in a process of its own, which the page ends when its time is over (Oxigraph).
import init, { Store } from "oxigraph/web.js";

let store;

const unpacked = (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
};

onmessage = async ({ data }) => {
  try {
    if (data.program) {
      await init({ module_or_path: await unpacked(data.program) });
      store = new Store();
      store.load(new Uint8Array(await unpacked(data.graph)), { format: "application/trig" });
      store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"); // each statement once, as the endpoint has it
      postMessage({});
      return;
    }
    postMessage({ text: store.query(data.query, { results_format: data.form }) });
  } catch (error) {
    postMessage({ error: String(error?.message ?? error) });
  }
};
