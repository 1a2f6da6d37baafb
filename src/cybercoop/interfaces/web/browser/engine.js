// What answers queries in the browser, as one file that a page without a server can load too.
import program from "./oxigraph.wasm.gz";
import worker from "./worker.txt";

globalThis.cybercoopEngine = { program, worker };
