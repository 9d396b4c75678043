// What the form says, as one plain object; and the same as the text of a link.

const form = document.getElementById("problem");
const TEXTS = ["source", "answer", "derivation", "subject", "structure", "convention"];
const OWN = ["answer", "derivation", "subject", "structure"]; // fields that stand in the link of a tab that takes them
const SWITCHES = ["explain", "expand", "braces"];

/** The tabs: name -> {button, operation, takes, request}. */
export const tabs = new Map(
  [...form.querySelectorAll("button[data-operation]")].map((button) => [
    button.value,
    {
      button,
      operation: button.dataset.operation,
      takes: button.dataset.takes.split(" "),
      request: JSON.parse(button.dataset.request),
    },
  ]),
);

/** Operations that derive first and prove after that. */
export const PROVED = ["derive", "jacobian", "hessian", "solve"];

/** Declarations that were made beside the names, by name. */
export const declared = new Map();
let chosen = [];

export function state() {
  const found = { do: form.dataset.do, wrt: [...chosen], shapes: [...declared].map(([name, shape]) => `${name}: ${shape}`) };
  for (const name of TEXTS) found[name] = form.elements[name].value;
  for (const name of SWITCHES) found[name] = form.elements[name].checked;
  return found;
}

/** The names to differentiate by; none are those that the program suggests. */
export function choose(names) {
  chosen = [...names];
}

export function show(tab) {
  form.dataset.do = tab;
  for (const [name, { button }] of tabs) {
    if (name === tab) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

/** The request of a tab for what the form says. */
export function request(tab, now) {
  const { takes, request: own } = tabs.get(tab);
  const found = { source: now.source, shapes: now.shapes };
  for (const name of takes) found[name] = now[name];
  const { operation } = tabs.get(tab);
  if (PROVED.includes(operation)) {
    for (const name of SWITCHES) if (now[name]) found[name] = true;
  }
  return { ...found, ...own };
}

/** The whole problem as the text of a link: behind # no server sees it. */
export function written(now) {
  const pairs = new URLSearchParams();
  pairs.append("source", now.source);
  for (const name of now.wrt) pairs.append("wrt", name);
  for (const shape of now.shapes) pairs.append("shape", shape);
  if (now.do !== "derive") pairs.append("do", now.do);
  const { takes } = tabs.get(now.do);
  for (const name of OWN) if (now[name] && takes.includes(name)) pairs.append(name, now[name]);
  if (now.convention !== "projected") pairs.append("convention", now.convention);
  for (const name of SWITCHES) if (now[name]) pairs.append(name, "1");
  return pairs.toString();
}

/** Fills the form from the text of a link. */
export function restore(text) {
  const pairs = new URLSearchParams(text);
  for (const name of ["source", ...OWN]) form.elements[name].value = pairs.get(name) ?? "";
  form.elements.convention.value = pairs.get("convention") ?? "projected";
  for (const name of SWITCHES) form.elements[name].checked = pairs.has(name);
  choose(pairs.getAll("wrt"));
  declared.clear();
  for (const shape of pairs.getAll("shape")) {
    const [name, ...rest] = shape.split(":");
    if (rest.length) declared.set(name.trim(), rest.join(":").trim());
  }
  const tab = pairs.get("do");
  show(tabs.has(tab) ? tab : "derive");
  return pairs.get("source") ?? "";
}
