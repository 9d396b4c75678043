// How a request reaches matcalc where there is no server: a worker of the browser answers. The page of a server has
// another module of this name; both export the same.

/** What the page may offer here. It may ask at once: what is asked before the engine is there waits for it. */
export const offers = { pdf: false, ready: Promise.resolve() };

const LIMIT = 60; // seconds that one answer may take; then the worker is started anew
const PATIENCE = 2; // seconds that an answer which nobody wants any more may hold up another
const listed = fetch("files.json").then((response) => response.json());
const waiting = []; // what is asked: {id, operation, body, keep}
let running = null; // the one of them that the worker has
let engine = null; // a promise of the worker
let complete = false; // everything is loaded
let number = 0;
let clock = 0;

/** The answer of an operation to a request; what goes wrong is an answer, too: {error, html}. */
export function ask(operation, request, signal) {
  return new Promise((keep, fail) => {
    if (signal?.aborted) throw signal.reason;
    const asked = { id: ++number, operation, body: JSON.stringify(request), keep };
    signal?.addEventListener("abort", () => {
      const at = waiting.indexOf(asked);
      if (at >= 0) waiting.splice(at, 1);
      fail(signal.reason);
      setTimeout(() => asked === running && complete && waiting.length && broken("stopped"), PATIENCE * 1000);
    });
    waiting.push(asked);
    next();
  });
}

async function next() {
  if (running || !waiting.length) return;
  running = waiting.shift();
  const { id, operation, body } = running;
  try {
    (await started()).postMessage({ id, operation, body });
  } catch (error) {
    broken(String(error));
  }
}

function started() {
  engine ??= start();
  return engine;
}

async function start() {
  const { engine: folder, packed } = await listed;
  const worker = new Worker(`${folder}worker.js`, { type: "module" });
  worker.onmessage = ({ data }) => {
    if (data.progress) show(data.progress);
    if (data.progress?.stage === "") {
      complete = true;
      keepOffline(folder);
    }
    // The clock starts when the engine is there: how long the files take is the network's.
    if (data.begun && data.begun === running?.id) clock = setTimeout(() => broken(`no answer within ${LIMIT} seconds`), LIMIT * 1000);
    if (data.answer !== undefined && data.id === running?.id) finish(JSON.parse(data.answer));
    if (data.failed) broken(data.failed);
  };
  worker.onerror = (event) => broken(event.message || "the engine could not be started");
  worker.postMessage({ start: packed });
  return worker;
}

function finish(answer) {
  clearTimeout(clock);
  running.keep(answer);
  running = null;
  next();
}

/** The worker is no more; the next request starts another. */
function broken(message) {
  engine?.then((worker) => worker.terminate()).catch(() => {});
  engine = null;
  complete = false;
  show({ stage: "" });
  const said = /stack|memory/i.test(message) ? "this is too large, or nested too deeply, for a page without a server" : message;
  const text = document.createElement("p");
  text.textContent = `${said}. matcalc on your own machine has no such limit.`;
  const html = `<div class="error" role="alert">${text.outerHTML}</div>`;
  if (running) finish({ error: { message: said, hint: "", readings: [] }, html });
}

/** How far the loading is. The stage is read aloud when it changes, the share is not. */
const loading = document.createElement("p");
const says = document.createElement("span");
const bar = document.createElement("progress");
loading.id = "loading";
says.setAttribute("role", "status");
bar.setAttribute("aria-label", "Loading");
loading.append(says, " ", bar);

function show({ stage, done, total }) {
  loading.hidden = !stage;
  const text = stage ? `Loading ${stage}: once, then it works without a network` : "";
  if (says.textContent !== text) says.textContent = text;
  bar.max = total || 1;
  bar.value = done || 0;
}

function keepOffline(folder) {
  navigator.serviceWorker?.register(`offline.js?${folder.slice(0, -1)}`).catch(() => {});
}

show({ stage: "" });
document.getElementById("status").before(loading);
started().catch((error) => broken(String(error)));
