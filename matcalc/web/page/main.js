// The page: it reads while one types, derives when asked, proves after that, and keeps the whole problem in its link.

import { ask, offers } from "./transport.js";
import { PROVED, choose, declared, request, restore, show, state, tabs, written } from "./state.js";
import { dress } from "./result.js";

const PAUSE = 120; // milliseconds without a key before a text is read
const SLOW = 300; // milliseconds after which it is said that something is being read
const EARLIER = "The result below is of the text before it was changed. Press again for the new one.";
const form = document.getElementById("problem");
const source = document.getElementById("source");
const echo = document.getElementById("echo");
const result = document.getElementById("result");
const status = document.getElementById("status");
const tools = document.getElementById("tools");
const reference = document.getElementById("reference");
let understood = null;
let reading = null;
let working = null;
let timer = 0;
let said = ""; // what is said of the result
let of = ""; // the problem that the result is of, as the text of its link
let reads = false; // it is said that something is being read

/** Reads the text as it stands, and shows what was understood. */
async function read() {
  reading?.abort();
  const mine = (reading = new AbortController());
  const { source: text, shapes, wrt } = state();
  document.body.classList.toggle("begun", text.trim() !== "");
  if (!text.trim()) {
    echo.replaceChildren();
    understood = null;
    tell(false);
    return;
  }
  const slow = setTimeout(() => tell(mine === reading), SLOW);
  try {
    const answer = await ask("read", { source: text, shapes, wrt }, mine.signal);
    understood = answer.understood ? answer : null;
    if (understood) choose(known(wrt, understood.names));
    if (understood && !understood.names.some(({ structured }) => structured)) form.elements.structure.value = "";
    echo.innerHTML = answer.html;
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  } finally {
    clearTimeout(slow);
    if (mine === reading) tell(false);
  }
}

/** The chosen names that are still in the program; none are those that it suggests. */
function known(chosen, names) {
  const stem = (name) => name.split("[")[0];
  const stems = new Set(names.map(({ name }) => stem(name)));
  return chosen.filter((name) => stems.has(stem(name)));
}

/**
 * Answers what the chosen tab asks: the derivation first, its proof when that is found.
 *
 * What is asked for anew is an entry of the browser's history, so that Back shows the result before it. What is only
 * typed is none: it would take the place of that result.
 */
async function work(anew = true) {
  working?.abort();
  const mine = (working = new AbortController());
  const now = state();
  result.classList.remove("stepping");
  if (!now.source.trim()) {
    result.replaceChildren();
    tools.hidden = true;
    say("");
    source.focus();
    return;
  }
  of = written(now);
  const link = `#${of}`;
  if (anew && link !== location.hash) history.pushState(null, "", link);
  const { operation, takes } = tabs.get(now.do);
  const field = ["answer", "derivation"].find((name) => takes.includes(name));
  if (field && !now[field].trim()) {
    result.replaceChildren();
    tools.hidden = true;
    say(`Write your ${field} above, and press again.`);
    form.elements[field].focus();
    return;
  }
  if (!understood && operation !== "check_derivation") {
    result.replaceChildren(); // the echo says why
    tools.hidden = true;
    say("");
    return;
  }
  const asked = request(now.do, now);
  const proves = PROVED.includes(operation);
  say(operation.startsWith("check") ? "Checking …" : "Deriving …");
  result.setAttribute("aria-busy", "true");
  try {
    const first = await ask(operation, proves ? { ...asked, verify: false, formats: ["html"] } : asked, mine.signal);
    result.innerHTML = first.html;
    result.removeAttribute("aria-busy");
    tools.hidden = true;
    if (first.error || !proves) {
      say(first.error ? "" : "Done.");
      return;
    }
    dress(result, tools, offers, () => ask("pdf", { ...request("derive", now), explain: now.explain }), linked);
    say("Derived. Proving …");
    result.querySelector(".badges").innerHTML = '<p class="proving">proving …</p>';
    const proof = await ask(operation, { ...asked, verify: true, formats: ["text", "latex", "markdown"] }, mine.signal);
    result.querySelector(".badges").innerHTML = proof.error ? `<p class="unproved">not proved: ${escaped(proof.error.message)}</p>` : proof.badges;
    tools.dispatchEvent(new CustomEvent("written", { detail: proof }));
    say(proof.error ? "Derived, not proved." : "Derived and proved.");
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

function linked() {
  return `${location.origin}${location.pathname}#${written(state())}`;
}

function say(text) {
  said = text;
  tell();
}

/** Says how far the result is; or that something is being read, or that the result is of another problem than the form. */
function tell(slow = reads) {
  reads = slow;
  if (reads) echo.setAttribute("aria-busy", "true");
  else echo.removeAttribute("aria-busy");
  const earlier = result.hasChildNodes() && written(state()) !== of;
  for (const part of [status, result]) part.classList.toggle("earlier", earlier);
  const text = reads ? "Reading …" : earlier ? EARLIER : said;
  if (status.textContent !== text) status.textContent = text;
}

function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}

/** What is wider than its box scrolls inside it, by keyboard, too. */
function scrollable(part) {
  for (const box of part.querySelectorAll(".equation, table, td, pre, li, p, .graph, .counterexample")) {
    const scrolls = box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX);
    if (scrolls) box.tabIndex = 0;
    else if (box.tabIndex === 0) box.removeAttribute("tabindex");
  }
}

function open(text, anew = false) {
  restore(text);
  reference.replaceChildren();
  read().then(() => work(anew));
}

/** The problem that the address holds: behind #, or in the query string of a page without a script. */
function addressed() {
  if (location.hash.length > 1) return location.hash.slice(1);
  return new URLSearchParams(location.search).has("source") ? location.search.slice(1) : "";
}

source.addEventListener("beforeinput", () => {
  const whole = source.selectionStart === 0 && source.selectionEnd === source.value.length;
  if (source.value && whole) anew();
});

/** Another problem begins: what was declared and chosen for the last one is not said of it. */
function anew() {
  declared.clear();
  choose([]);
}

source.addEventListener("input", () => {
  if (!source.value.trim()) anew();
  clearTimeout(timer);
  timer = setTimeout(read, PAUSE);
});

form.addEventListener("input", () => tell());

form.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key === "Enter" && field.matches(".shape")) {
    event.preventDefault();
    field.blur();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    clearTimeout(timer);
    read().then(() => work());
  }
});

form.addEventListener("change", (event) => {
  const field = event.target;
  if (field.name === "wrt") {
    choose([...form.querySelectorAll("input[name=wrt]:checked")].map((box) => box.value));
    if (result.hasChildNodes()) work();
  } else if (field.matches(".shape")) {
    const name = field.name.slice("shape:".length);
    if (field.value.trim()) declared.set(name, field.value.trim());
    else declared.delete(name);
    read().then(() => result.hasChildNodes() && work());
  } else if (field.closest(".options, select") && result.hasChildNodes()) {
    work();
  }
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  pressed(event.submitter);
});

/** A button of the form, wherever it stands: a tab, or the answer to a question. */
function pressed(button) {
  if (button?.name === "reading") {
    source.value = button.value;
    declared.clear();
    for (const shape of (button.dataset.shapes ?? "").split("\n").filter(Boolean)) {
      const [name, ...rest] = shape.split(":");
      declared.set(name.trim(), rest.join(":").trim());
    }
    const again = result.hasChildNodes();
    result.replaceChildren();
    read().then(() => again && work());
    source.focus();
    return;
  }
  if (button?.name === "do") show(button.value);
  if (button?.name === "by") choose([button.value]);
  clearTimeout(timer);
  read().then(() => work());
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-try], a[data-reference]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.reference) {
    const same = reference.dataset.shown === link.dataset.reference && reference.hasChildNodes();
    reference.replaceChildren();
    if (same) return;
    reference.dataset.shown = link.dataset.reference;
    reference.innerHTML = (await ask(link.dataset.reference, {})).html;
    reference.scrollIntoView({ block: "start" });
    return;
  }
  open(link.getAttribute("href").slice(1), true);
  source.scrollIntoView({ block: "center" });
});

const main = document.querySelector("main");
main.addEventListener("toggle", (event) => scrollable(event.target), true);
new ResizeObserver(() => scrollable(main)).observe(main);
window.addEventListener("hashchange", () => open(addressed()));
document.documentElement.classList.add("scripted");
await offers.ready;
if (addressed()) open(addressed());
else if (source.value) read();
