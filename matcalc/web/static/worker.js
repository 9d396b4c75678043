// The engine: Python, matcalc and SymPy in a worker of the browser. transport.js starts it and asks it.
//
// In:  {start: files} once, where files names each packed file with its size; then {id, operation, body}, a request as
//      JSON text.
// Out: {progress: {stage, done, total}} while it loads, with an empty stage at the end; {begun: id} and {id, answer}, the
//      answer as JSON text; {failed: message}.
import { loadPyodide } from "./pyodide.mjs";

const HERE = new URL(".", import.meta.url).href;
const PLACE = "/lib/matcalc";
const outside = globalThis.fetch.bind(globalThis);
let progress = { stage: "", done: 0, total: 0 };
let python = null;
let respond = null;
let pictured = null;
let ready = null; // a promise: derivations can be asked for
let proofs = null; // a promise: SymPy is there
const LATER = ["sympy", "mpmath"]; // the answer is one of these where it needs what is not there yet

function tell(change) {
  progress = { ...progress, ...change };
  postMessage({ progress });
}

function unpacked(name) {
  // A stream of the file's bytes, which counts what has come.
  let told = 0;
  const counter = new TransformStream({
    transform(chunk, out) {
      progress.done += chunk.byteLength;
      if (progress.done - told > 100_000) tell({ done: (told = progress.done) });
      out.enqueue(chunk);
    },
  });
  return outside(`${HERE}${name}.packed`).then((response) => {
    if (!response.ok) throw new Error(`${name}.packed: ${response.status} ${response.statusText}`);
    return response.body.pipeThrough(counter).pipeThrough(new DecompressionStream("gzip"));
  });
}

// Pyodide asks for its files by fetch; ours are packed, since not every host compresses them.
const PACKED = { "pyodide.asm.wasm": "engine", "python_stdlib.zip": "python" };
globalThis.fetch = async (what, ...more) => {
  const name = String(what?.url ?? what).slice(HERE.length);
  if (!(name in PACKED)) return outside(what, ...more);
  const type = name.endsWith(".wasm") ? "application/wasm" : "application/zip";
  return new Response(await unpacked(PACKED[name]), { headers: { "content-type": type } });
};

function untar(data) {
  const text = new TextDecoder();
  const field = (at, length) => text.decode(data.subarray(at, at + length)).replace(/\0.*$/s, "");
  const folders = new Set();
  for (let at = 0; at + 512 <= data.length && data[at]; ) {
    const size = parseInt(field(at + 124, 12), 8);
    const path = [PLACE, field(at + 345, 155), field(at, 100)].filter(Boolean).join("/");
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (!folders.has(folder)) python.FS.mkdirTree(folder);
    folders.add(folder);
    python.FS.writeFile(path, data.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

async function bytes(name) {
  return new Uint8Array(await new Response(await unpacked(name)).arrayBuffer());
}

async function start(files) {
  const total = Object.values(files).reduce((sum, size) => sum + size, 0);
  tell({ stage: "Python", total });
  const law = bytes("matcalc");
  python = await loadPyodide({
    indexURL: HERE,
    env: { XDG_CACHE_HOME: `${PLACE}/kept` },
  });
  tell({ stage: "matcalc" });
  untar(await law);
  python.runPython(`import sys, gc; sys.path.insert(0, "${PLACE}"); gc.set_threshold(50_000)`);
  const answering = python.pyimport("matcalc.web.static.answering");
  ({ respond, pictured } = answering);
  tell({ stage: "SymPy" });
  proofs = later(answering.warm).then(() => tell({ stage: "", done: total }));
  proofs.catch(() => {}); // who waits for it is told
}

async function later(warm) {
  untar(await bytes("sympy"));
  python.runPython("import importlib; importlib.invalidate_caches()");
  await new Promise((done) => setTimeout(done)); // what was asked meanwhile comes first
  warm();
}

async function answer({ id, operation, body }) {
  await ready;
  postMessage({ begun: id });
  let answer = respond(operation, body);
  if (LATER.includes(answer)) {
    await proofs;
    answer = respond(operation, body);
  }
  if (operation === "graph") answer = await drawn(answer);
  postMessage({ id, answer });
}

/** The answer about a graph with its picture. Graphviz is loaded when the first is drawn. */
async function drawn(answer) {
  const { dot, svg } = JSON.parse(answer);
  if (svg || !dot) return answer;
  const { instance } = await import("./graphviz.js");
  return pictured(answer, (await instance()).renderString(dot, { format: "svg" }));
}

onmessage = ({ data }) => {
  if (data.start) ready = start(data.start);
  const doing = data.start ? ready : answer(data);
  doing.catch((error) => postMessage({ failed: String(error?.message ?? error).slice(-500) }));
};
