// Uses the page in Chromium as a reader does. Run by tests/web/test_browser.py:
// node checks.mjs MODULES CHROMIUM PAGE|SITE|DOCS PLACE [PICTURES]; prints one line of JSON for each check. PLACE is the address
// of a server, or the folder of the static page, which is then served from here, or that of the documentation.
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { existsSync, readFileSync } from "node:fs";

const [modules, chromium, what, place, pictures] = process.argv.slice(2);
const load = createRequire(join(modules, "package.json"));
const playwright = load("playwright-core");
const axe = readFileSync(load.resolve("axe-core/axe.min.js"), "utf-8");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
FLAGS.push("--disable-component-update", "--disable-sync");
const WAIT = 60_000;

const NETWORK = "J = sum((y - f(f(X W1) W2))^2)";
const ATTENTION = "P = softmax(Q K' / sqrt(d))\nJ = ||P V - Y||^2";
const LATEX = "\\frac{1}{2n} \\sum_{i=1}^n \\| y_i - W_2 \\tanh(W_1 x_i) \\|^2 + \\frac{\\lambda}{2} \\|W_1\\|_F^2";

// ------------------------------------------------------------------------------------------------------- a host of files

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** Serves the folder deep below its root, as a course does, and keeps the proofs back until they are asked for. */
async function host(folder) {
  const base = "/courses/calculus/matcalc/";
  const held = [];
  let holds = true;
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    const name = path === base ? "index.html" : path.slice(base.length);
    const file = join(folder, name);
    const answer = () => {
      const there = path.startsWith(base) && existsSync(file);
      response.writeHead(there ? 200 : 404, {
        "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
        "Content-Security-Policy": POLICY,
        "Cache-Control": "max-age=60",
      });
      response.end(there ? readFileSync(file) : "");
    };
    if (holds && name.endsWith("sympy.packed")) held.push(answer);
    else answer();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    address: `http://127.0.0.1:${server.address().port}${base}`,
    release() {
      holds = false;
      for (const answer of held.splice(0)) answer();
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const files = what === "SITE" ? await host(place) : null;
const address = files?.address ?? (what === "DOCS" ? `file://${place}/` : place);

// ------------------------------------------------------------------------------------------------------------- a reader

const outside = []; // every request to another address, and every breach of the page's policy
let browser;

async function reader(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(WAIT);
  const own = what === "DOCS" ? address : new URL(address).origin;
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(own) && !url.startsWith("data:") && !url.startsWith("blob:")) outside.push(`request to ${url}`);
  });
  context.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) outside.push(message.text());
  });
  context.on("weberror", (error) => outside.push(`error: ${error.error().message}`));
  const page = await context.newPage();
  return page;
}

const fragment = (fields) => `${address}#${new URLSearchParams(fields)}`;

async function type(page, text) {
  await page.locator("#source").fill("");
  await page.locator("#source").pressSequentially(text);
}

async function derived(page) {
  await page.locator("#result .badge, #result .unproved, #result .report").first().waitFor();
}

function equal(found, wanted, said = "") {
  if (found !== wanted) throw new Error(`${said} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}

function holds(truth, said) {
  if (!truth) throw new Error(said);
}

async function wide(page) {
  // What stands out at the right, if the page scrolls sideways.
  return page.evaluate(() => {
    const most = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= most) return "";
    const held = (each) => each !== document.body && (getComputedStyle(each).overflowX !== "visible" || held(each.parentElement));
    const beyond = (each) => each.getBoundingClientRect().right > most + 1 && !held(each.parentElement);
    const out = [...document.body.querySelectorAll("body *")].filter(beyond);
    return `${document.documentElement.scrollWidth} wide: ${out.slice(0, 3).map((each) => each.outerHTML.slice(0, 80)).join(" | ")}`;
  });
}

async function beyond(page) {
  // The texts of a graph that stand over the edge of their boxes.
  return page.locator(".graph .node").evaluateAll((nodes) => {
    const out = nodes.flatMap((node) => {
      const box = node.querySelector("path").getBoundingClientRect();
      return [...node.querySelectorAll("text")].filter((text) => {
        const { left, right } = text.getBoundingClientRect();
        return left < box.left || right > box.right;
      });
    });
    return out.map((text) => text.textContent).join(" | ");
  });
}

async function accessible(page) {
  await page.evaluate(`${axe}; 0`);
  const found = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 100)).join(" | ")}`);
  });
  equal(found.join("\n"), "", "axe");
}

async function picture(page, name) {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

// ---------------------------------------------------------------------------------------------------------- on a server

const onPage = {
  async "what is typed is echoed as mathematics, with every name and its shape"() {
    const page = await reader();
    await page.goto(address);
    await type(page, "J = ||X w - y||^2");
    await page.locator("#echo .names li").nth(2).waitFor();
    const shown = await page.locator("#echo math").first().evaluate((math) => math.getBoundingClientRect().height);
    holds(shown > 5, "the echo is invisible");
    equal((await page.locator("#echo .names input[name=wrt]").evaluateAll((all) => all.map((box) => box.value))).sort().join(), "X,w,y", "the names");
    await type(page, "J = ||X w - ");
    await page.locator("#echo .error").waitFor();
  },
  async "a gradient is derived and proved, a step opens, and the result is copied"() {
    const page = await reader({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto(address);
    await type(page, "J = ||X w - y||^2");
    await page.locator("button[value=derive]").click();
    await page.locator(".badge.proved").waitFor();
    const rule = page.locator("#result td.rule details").first();
    equal(await rule.locator("p").first().isVisible(), false, "the rule before it is opened");
    await rule.locator("summary").click();
    holds(await rule.locator("p math").first().isVisible(), "the rule does not open");
    const copied = {};
    for (const form of ["text", "latex", "markdown", "html"]) {
      await page.locator(`#tools button[data-form=${form}]`).click();
      await page.waitForTimeout(50);
      copied[form] = await page.evaluate(() => navigator.clipboard.readText());
    }
    holds(copied.text.includes("2 X'(X w - y)"), copied.text.slice(0, 200));
    holds(copied.latex.includes("X^\\top"), copied.latex.slice(0, 200));
    holds(copied.markdown.includes("$"), copied.markdown.slice(0, 200));
    holds(copied.html.includes("<math"), copied.html.slice(0, 200));
  },
  async "a wrong answer is marked where it is wrong, and a right one is right"() {
    const page = await reader();
    await page.goto(address);
    await type(page, "J = ||X w - y||^2");
    await page.locator("button[value=check]").click();
    await page.locator("#status", { hasText: "Write your answer above" }).waitFor();
    await page.locator("#answer").fill("2 X (X w - y)");
    await page.locator("button[value=check]").click();
    await page.locator(".verdict .wrong").waitFor();
    equal(await page.locator(".verdict mark").innerText(), "X", "the mark");
    await page.locator("#answer").fill("2 X'X w - 2 X'y");
    await page.locator("button[value=check]").click();
    await page.locator(".verdict .right").waitFor();
    await page.locator("#answer").fill("2 X'(X w - ");
    await page.locator("button[value=check]").click();
    await page.locator(".verdict .wrong", { hasText: "could not be read" }).waitFor();
    equal(await page.locator(".verdict mark").innerText(), "(", "the place that cannot be read");
    equal(await page.locator(".verdict .hint").innerText(), "hint: every bracket needs its partner", "the hint");
    await page.setViewportSize({ width: 360, height: 740 });
    await type(page, `J = ||X w - y||^2 + ${"w'w + ".repeat(7)}tr(`);
    const [line, caret] = (await page.locator("#echo .error pre").innerText()).split("\n");
    equal(line[caret.length - 1], "(", "what stands above the caret");
    const { lines, wide } = await page.locator("#echo .error pre").evaluate((pre) => ({
      lines: pre.getBoundingClientRect().height / parseFloat(getComputedStyle(pre).lineHeight),
      wide: pre.scrollWidth > pre.clientWidth,
    }));
    holds(wide && lines < 3.5, `the line of the caret is broken: ${lines} lines`);
  },
  async "a link holds the whole problem, and the browser goes back"() {
    const page = await reader();
    await page.goto(address);
    await type(page, NETWORK);
    await page.locator("button[value=derive]").click();
    await derived(page);
    const link = page.url();
    equal(new URL(link).search, "", "what a server would see of the link");
    const other = await page.context().newPage();
    await other.goto(link);
    await derived(other);
    equal(await other.locator("#source").inputValue(), NETWORK, "the text");
    await other.goto(fragment({ source: "J = tr(X' A X)", wrt: "X" }));
    await derived(other);
    await other.goBack();
    await other.waitForTimeout(200);
    await derived(other);
    equal(await other.locator("#source").inputValue(), NETWORK, "the text after going back");
    await other.goto("about:blank");
    await other.goto(`${fragment({ source: NETWORK, wrt: "W1" })}&wrt=W2`);
    await derived(other);
    const gradient = other.url();
    await other.locator("button[value=jacobian]").click();
    await other.locator("#result button[value=W2]").click();
    await other.locator(".badge.proved").waitFor();
    equal(new URLSearchParams(new URL(other.url()).hash.slice(1)).getAll("wrt").join(), "W2", "the name that was chosen");
    await other.goBack();
    await other.locator("#result button[value=W2]").waitFor();
    await type(other, "J = tr(X' A X)");
    await other.goBack();
    await other.locator("button[value=derive][aria-current]").waitFor();
    await derived(other);
    equal(other.url(), gradient, "the address two results before");
    equal(await other.locator("#source").inputValue(), NETWORK, "the text two results before");
  },
  async "what is shown of an earlier text says so, until the text is that one again or the new one is asked for"() {
    const page = await reader();
    await page.goto(address);
    await type(page, "J = x'x");
    await page.locator("button[value=derive]").click();
    await page.locator("#status", { hasText: "Derived and proved." }).waitFor();
    const left = await page.locator("#result .part.result").evaluate((part) => part.getBoundingClientRect().left);
    const dated = async (truth) => {
      const says = await page.locator("#status").innerText();
      equal(says.includes("before it was changed"), truth, `"before it was changed" in ${says}`);
      equal(says.includes("proved"), !truth, `"proved" in ${says}`);
      equal(await page.locator("#result.earlier").count(), truth ? 1 : 0, "the mark beside the result");
    };
    await page.locator("#source").press("End");
    await page.locator("#source").pressSequentially(" + ((");
    await dated(true);
    await page.locator("#echo .error").waitFor();
    await dated(true);
    equal(await page.locator("#result .part.result").evaluate((part) => part.getBoundingClientRect().left), left, "the place of the result");
    await picture(page, "earlier");
    await accessible(page);
    for (let n = 0; n < 5; n++) await page.locator("#source").press("Backspace");
    await dated(false);
    await page.locator("#source").pressSequentially(" + a'x");
    await dated(true);
    await page.locator("button[value=derive]").click();
    await page.locator("#status", { hasText: "Derived and proved." }).waitFor();
    await dated(false);
    await page.route("**/api/read", async (route) => {
      await new Promise((done) => setTimeout(done, 1500));
      await route.continue();
    });
    await page.locator("#source").pressSequentially(" + b'x");
    await page.locator("button[value=derive]").click();
    await page.locator("#status", { hasText: "Reading …" }).waitFor();
    equal(await page.locator("#echo").getAttribute("aria-busy"), "true", "the echo is of the text before, and that");
    await page.locator("#status", { hasText: "Derived and proved." }).waitFor();
    equal(await page.locator("#echo").getAttribute("aria-busy"), null, "the echo is new, and busy");
  },
  async "the shapes below factors that stand side by side do not touch"() {
    const page = await reader();
    for (const shape of ["", "X: m x 3"]) {
      await page.goto("about:blank");
      await page.goto(fragment({ source: "J = ||X w - y||^2", wrt: "w", braces: "1", ...(shape && { shape }) }));
      await page.locator(".badge.proved").waitFor();
      const gaps = await page.locator("#result .derivation math").evaluateAll((all) =>
        all.flatMap((math) => {
          // Of each factor's shape where its first and its last letter stand; shapes of one line, from the left.
          const shapes = [...math.querySelectorAll("munder > munder + mrow")].map((row) => {
            const boxes = [...row.querySelectorAll("mi, mn")].map((each) => each.getBoundingClientRect());
            return { left: boxes[0].left, right: boxes.at(-1).right };
          });
          return shapes.slice(1).map(({ left }, n) => left - shapes[n].right);
        }),
      );
      holds(gaps.length > 3, `${gaps.length} pairs of shapes`);
      holds(Math.min(...gaps) > 4, `pixels between shapes: ${gaps.map((gap) => gap.toFixed(1)).join(", ")}`);
      await picture(page, `braces-${shape ? "declared" : "inferred"}`);
    }
  },
  async "step by step shows a line at a time, and nothing that comes after it"() {
    const page = await reader();
    await page.goto(fragment({ source: "J = ||X w - y||^2", wrt: "w" }));
    await page.locator(".badge.proved").waitFor();
    const answer = page.locator("#result .part.result");
    await page.locator(".stepwise button", { hasText: "Step by step" }).click();
    for (let shown = 1; await page.locator(".stepwise button", { hasText: "Next step" }).isVisible(); shown++) {
      equal(await page.locator("#result .derivation :is(tbody > tr, p.result):visible").count(), shown, "the lines");
      equal(await answer.isVisible(), false, "the answer before the end");
      await page.locator(".stepwise button", { hasText: "Next step" }).click();
    }
    holds(await answer.isVisible(), "the answer is not there at the end");
    await page.locator(".stepwise button", { hasText: "Step by step" }).click();
    await page.locator("button[value=hessian]").click();
    await page.locator("#result .badge").first().waitFor();
    holds(await answer.isVisible(), "the next result is hidden");
  },
  async "a shape is declared, corrected and emptied; another problem begins anew"() {
    const page = await reader();
    await page.goto(address);
    await type(page, "J = ||X w - y||^2");
    const declare = async (shape) => {
      const field = page.locator("[name='shape:X']");
      if (!(await field.isVisible())) await page.locator("li", { has: field }).locator("summary").click();
      await field.fill(shape);
      await field.press("Enter");
    };
    await declare("n x d x 3");
    await page.locator("#echo .error").waitFor();
    await picture(page, "shape-wrong");
    await accessible(page);
    equal(await page.locator("[name='shape:X']").inputValue(), "n x d x 3", "the wrong shape");
    await declare("m x 3");
    await page.locator("#echo .names summary", { hasText: "declared by you" }).waitFor();
    await picture(page, "shape-declared");
    await accessible(page);
    await declare("");
    await page.locator("#echo .names summary", { hasText: "declared by you" }).waitFor({ state: "detached" });
    await declare("m x 3");
    await page.locator("#echo .names summary", { hasText: "declared by you" }).waitFor();
    await page.locator("button[value=check]").click();
    await page.locator("#answer").fill("2 X'(X w - y)");
    await page.locator("button[value=check]").click();
    await page.locator(".verdict .right").waitFor();
    await page.locator("#source").press("Control+a");
    await page.keyboard.insertText("J = tr(X' X)");
    await page.locator("button[value=derive]").click();
    await page.locator(".badge.proved").waitFor();
    equal(page.url().split("#")[1], "source=J+%3D+tr%28X%27+X%29", "the link");
  },
  async "a page of any width shows everything without scrolling sideways"() {
    for (const [name, fields] of Object.entries({
      network: { source: NETWORK, wrt: "W1" },
      attention: { source: ATTENTION, wrt: "Q" },
      latex: { source: LATEX },
      report: { source: "J = ||X w - y||^2", do: "steps", derivation: `dJ = 2 (X w - y) : X dw\n = 2 X (X w - ${"y".repeat(60)}) : dw` },
      entries: { source: NETWORK, wrt: "W1", shape: "X: m x 3", do: "entries" },
      numerator: { source: "Z = f(A f(B f(C x)))\nJ = ||Z - y||^2", wrt: "C", do: "numerator" },
      hessian: { source: "J = x' A x / (x' x)", wrt: "x", do: "hessian" },
      half: { source: "S: n x n pd; J = logdet(S)", do: "hessian", structure: "half" },
      solve: { source: "J = ||A w - y||^2 + lam w'w", wrt: "w", do: "solve", subject: "C w = b" },
    })) {
      const page = await reader({ viewport: { width: 360, height: 740 } });
      await page.goto(fragment(fields));
      await derived(page);
      equal(await wide(page), "", name);
      await picture(page, `${name}-360`);
      for (const width of [800, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        await picture(page, `${name}-${width}`);
        equal(await wide(page), "", `${name} at ${width}`);
      }
      await page.context().close();
    }
    const page = await reader({ viewport: { width: 360, height: 740 } });
    await page.goto(address);
    for (const name of ["examples", "rules", "notation"]) {
      await page.locator(`[data-reference=${name}]`).click();
      await page.locator(`#reference[data-shown=${name}] *`).first().waitFor();
      for (const width of [360, 1280]) {
        await page.setViewportSize({ width, height: 740 });
        equal(await wide(page), "", `${name} at ${width}`);
        await picture(page, `${name}-${width}`);
      }
      await page.setViewportSize({ width: 360, height: 740 });
    }
  },
  async "a Hessian is by the independent entries of a symmetric matrix where that is chosen, and the link keeps it"() {
    const page = await reader();
    await page.goto(address);
    await type(page, "J = ||X w - y||^2");
    await page.locator("button[value=hessian]").click();
    await page.locator("#result .badge").first().waitFor();
    equal(await page.locator("#structure").isVisible(), false, "a choice that nothing needs");
    await type(page, "S: n x n symmetric; J = tr(S A S B)");
    await page.locator("#structure").waitFor();
    await page.locator("#structure").selectOption("half");
    const halves = page.locator("#result .part.result math[alttext*=vech]").first();
    await halves.waitFor();
    await derived(page);
    await accessible(page);
    await picture(page, "half");
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.locator("#result .part.result math[alttext*=vech]").first().waitFor();
    equal(await other.locator("#structure").inputValue(), "half", "the choice in the link");
    await type(other, "J = ||X w - y||^2");
    await other.locator("button[value=hessian]").click();
    await other.locator("#result .part.result math[alttext='2 X\\' X']").first().waitFor();
  },
  async "a gradient is set to 0, with a constraint and without one"() {
    const page = await reader();
    await page.goto(address);
    await type(page, "J = 1/2 w' S w; S: n x n pd");
    await page.locator("button[value=solve]").click();
    await page.locator("#result .badge.proved").waitFor();
    await page.locator("#subject").fill("ones(n)' w = 1");
    await page.locator("#subject").press("Control+Enter");
    await page.locator("#result .part.result math[alttext='rowsum(inv(S)) / sum(inv(S))']").waitFor();
    await page.locator("#result .badge.proved").waitFor();
    await accessible(page);
    await picture(page, "solve");
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.locator("#result .badge.proved").waitFor();
    equal(await other.locator("#subject").inputValue(), "ones(n)' w = 1", "the constraint in the link");
    await type(other, "J = sum(exp(w))");
    await other.locator("button[value=solve]").click();
    await other.locator("#result .error", { hasText: "is not affine in w" }).waitFor();
  },
  async "a graph is a picture, and each text of it stands inside its box"() {
    for (const [name, fields] of Object.entries({
      network: { source: NETWORK, wrt: "W1", do: "graph" },
      attention: { source: ATTENTION, do: "graph" },
    })) {
      const page = await reader({ colorScheme: name === "network" ? "light" : "dark" });
      await page.goto(fragment(fields));
      await page.locator(".graph svg .node").first().waitFor();
      equal(await beyond(page), "", "what stands over its box");
      await accessible(page);
      await picture(page, `graph-${name}`);
      await page.context().close();
    }
  },
  async "a dark screen gets a dark page"() {
    const luminance = (color) => color.match(/\d+(\.\d+)?/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
    for (const colorScheme of ["light", "dark"]) {
      const page = await reader({ colorScheme });
      await page.goto(address);
      const [paper, ink] = await page.evaluate(() => {
        const found = getComputedStyle(document.body);
        return [found.backgroundColor, found.color];
      });
      equal(luminance(paper) > luminance(ink), colorScheme === "light", `${paper} under ${ink}`);
      await page.context().close();
    }
  },
  async "everything is done with the keyboard"() {
    const page = await reader();
    await page.goto(address);
    await page.locator("html.scripted").waitFor();
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.value || document.activeElement.tagName);
    for (let n = 0; n < 20 && (await focused()) !== "source"; n++) await page.keyboard.press("Tab");
    await page.keyboard.type("J = x' A x");
    await page.locator("#echo .names").waitFor();
    await page.keyboard.press("Control+Enter");
    await page.locator(".badge.proved").waitFor();
    const seen = new Set();
    for (let n = 0; n < 80; n++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const now = document.activeElement;
        const box = now.getBoundingClientRect();
        const drawn = getComputedStyle(now);
        const clear = drawn.outlineStyle !== "none" || drawn.boxShadow !== "none";
        return { rule: now.matches("td.rule summary"), name: now.value || now.textContent.slice(0, 20), clear, size: box.width * box.height };
      });
      seen.add(at.name);
      holds(at.clear || at.size === 0, `the focus on ${at.name} cannot be seen`);
      if (at.rule) break;
    }
    for (const name of ["derive", "hessian", "check"]) holds(seen.has(name), `${name} is not reached: ${[...seen].join(", ")}`);
    await page.keyboard.press("Enter");
    holds(await page.locator("td.rule details[open]").count(), "the rule does not open");
  },
  async "without JavaScript the page is a form"() {
    const page = await reader({ javaScriptEnabled: false });
    await page.goto(address);
    await page.locator("#source").fill("J = ||X w - y||^2");
    await page.locator("button[value=derive]").click();
    await page.locator(".badge.proved").waitFor();
    equal(await page.locator("#source").inputValue(), "J = ||X w - y||^2", "the text");
    await page.locator("button[value=check]").click();
    await page.locator("#answer").fill("X'(X w - y)");
    await page.locator("button[value=check]").click();
    await page.locator(".verdict .wrong").waitFor();
    await page.locator("button[value=solve]").click();
    await page.locator("#subject").fill("ones(d)' w = 1");
    await page.locator("button[value=solve]").click();
    await page.locator("#result h2", { hasText: "Where the gradient is 0" }).waitFor();
    equal(await page.locator("#subject").inputValue(), "ones(d)' w = 1", "the constraint");
    await page.goto(`${address}?${new URLSearchParams({ source: "J = (x" })}`);
    await page.locator("#echo .error").waitFor();
  },
  async "axe-core finds nothing, in light and in dark, with a result open"() {
    for (const colorScheme of ["light", "dark"]) {
      const page = await reader({ colorScheme });
      await page.goto(address);
      await accessible(page);
      await page.goto(fragment({ source: NETWORK, wrt: "W1", explain: "1" }));
      await page.locator(".badge.proved").waitFor();
      for (const part of await page.locator("#result details > summary, .options > summary").all()) await part.click();
      await accessible(page);
      await picture(page, `open-${colorScheme}`);
      await page.goto(fragment({ source: "J = ||X w - y||^2", do: "check", answer: "2 X (X w - y)", wrt: "w" }));
      await page.locator(".verdict").waitFor();
      await accessible(page);
      await picture(page, `check-${colorScheme}`);
      await page.goto(fragment({ source: "J = sum (A)^2" }));
      await page.locator(".error").first().waitFor();
      await accessible(page);
      await page.locator("[data-reference=examples]").click();
      await page.locator("#reference *").first().waitFor();
      await accessible(page);
      await page.context().close();
    }
  },
};

// ------------------------------------------------------------------------------------------------------- without a server

const kept = {}; // the page whose engine is loaded

async function asked(page, operation, request) {
  return page.evaluate(
    async ([operation, request]) => {
      const { ask } = await import(new URL("transport.js", location.href).href);
      const begun = performance.now();
      const answer = await ask(operation, request);
      return { ...answer, seconds: (performance.now() - begun) / 1000 };
    },
    [operation, request],
  );
}

const onSite = {
  async "the first derivation comes before what proves it is loaded, and the loading is shown"() {
    const page = (kept.page = await reader());
    const began = Date.now();
    await page.goto(fragment({ source: NETWORK, wrt: "W1" }));
    await page.locator("#loading progress").waitFor();
    holds((await page.locator("#loading").innerText()).includes("Loading"), "the loading is not said");
    await page.locator("#result td.line").first().waitFor();
    const first = (Date.now() - began) / 1000;
    files.release();
    await page.locator(".badge.proved").waitFor();
    const proved = (Date.now() - began) / 1000;
    await page.locator("#loading").waitFor({ state: "hidden" });
    const next = [];
    for (const source of ["J = tr(X' A X)", "J = ||X w - y||^2 + lam w'w", "J = sum(log(1 + exp(X w)))"]) {
      const answer = await asked(page, "derive", { source });
      for (const found of Object.values(answer.verification)) equal(found.status, "proved", source);
      next.push(answer.seconds);
    }
    return { first, proved, next };
  },
  async "answers and derivations are checked, errors are said, and the other pages open"() {
    const { page } = kept;
    await type(page, "J = ||X w - y||^2");
    await page.locator("button[value=check]").click();
    await page.locator("#answer").fill("2 X'(X w + y)");
    await page.locator("button[value=check]").click();
    const verdict = page.locator(".verdict");
    await verdict.locator(".wrong").waitFor();
    holds((await verdict.innerText()).includes("the sign of the term"), await verdict.innerText());
    equal(await verdict.locator("mark").innerText(), "y", "the place of the mistake");
    await accessible(page);
    await page.locator("#answer").fill("2 X'X w - 2 X'y");
    await page.locator("button[value=check]").click();
    await verdict.locator(".right").waitFor();
    const { seconds: check } = await asked(page, "check", { source: NETWORK, wrt: ["W1"], answer: "X'(y - f(f(X W1) W2)) W2'" });
    await page.locator("button[value=steps]").click();
    const lines = ["dJ = 2 (X w - y) : d(X w - y)", "   = 2 (X w - y) : X dw", "   = 2 X (X w - y) : dw", "dJ/dw = 2 X (X w - y)"];
    await page.locator("#derivation").fill(lines.join("\n"));
    await page.locator("button[value=steps]").click();
    const report = page.locator(".report");
    equal(await report.locator("mark").innerText(), "X", "the place in the line");
    holds((await report.innerText()).includes("Line 3 does not follow"), await report.innerText());
    await page.locator("#derivation").fill(lines.join("\n").replaceAll("2 X (", "2 X'("));
    await page.locator("button[value=steps]").click();
    await report.getByText("Every line follows").waitFor();
    await accessible(page);
    await page.locator("button[value=graph]").click();
    await page.locator(".graph svg text").first().waitFor();
    equal(await beyond(page), "", "what stands over its box");
    await accessible(page);
    await page.locator("button[value=solve]").click();
    await page.locator("#result .badge.proved").waitFor();
    await page.locator("#subject").fill("a' w = 1");
    await page.locator("button[value=solve]").click();
    await page.locator("#result h2", { hasText: "Where the gradient is 0" }).waitFor();
    await type(page, "S: n x n symmetric; J = tr(S A S B)");
    await page.locator("button[value=hessian]").click();
    await page.locator("#structure").selectOption("half");
    await page.locator("#result .part.result math[alttext*=vech]").first().waitFor();
    await page.locator("[data-reference=examples]").click();
    await page.locator("#reference *").first().waitFor();
    await type(page, "J = (x");
    await page.locator("#echo .error").waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    equal(await wide(page), "", "360 px");
    return { check };
  },
  async "what nobody waits for any more makes way, what is too deep ends in a message, and the page goes on"() {
    const { page } = kept;
    const seconds = await page.evaluate(async () => {
      const { ask } = await import(new URL("transport.js", location.href).href);
      const left = new AbortController();
      const layers = Array.from({ length: 400 }, (_, n) => `z${n + 1} = f(W${n} ${n ? `z${n}` : "x"})`).join("\n");
      const long = ask("derive", { source: `${layers}\nJ = z400'z400`, wrt: ["x"], time_limit: 20 }, left.signal).catch(() => {});
      setTimeout(() => left.abort(), 500);
      await long;
      const begun = performance.now();
      await ask("read", { source: "J = x'x" });
      return (performance.now() - begun) / 1000;
    });
    let engines = 0;
    page.on("worker", () => (engines += 1));
    const deep = await asked(page, "derive", { source: `J = ${"(".repeat(2000)}x'x${")".repeat(2000)}`, verify: false });
    holds(deep.error, "2,000 brackets are answered");
    const answer = await asked(page, "derive", { source: "J = x'x", verify: false });
    equal(answer.results[0].text, "2 x");
    equal(engines, 0, "engines that were started anew for 2,000 brackets");
    return { made_way: seconds };
  },
  async "it works without a network once it was loaded"() {
    const { page } = kept;
    await page.goto(address);
    await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      while (active.state !== "activated") await new Promise((done) => setTimeout(done, 50));
    });
    files.stop();
    await page.goto(fragment({ source: "J = tr(X' A X)", wrt: "X" }));
    await page.reload();
    await page.locator(".badge.proved").waitFor();
  },
};
const onSiteAtRest = {
  async "without JavaScript it says what is needed"() {
    const page = await reader({ javaScriptEnabled: false });
    await page.goto(address);
    holds((await page.locator("noscript").innerText()).includes("JavaScript"), "nothing is said");
    await page.context().close();
  },
};

// --------------------------------------------------------------------------------------------------- the documentation

const onDocs = {
  async "its pages are read with a screen reader, with the keyboard, and on a telephone"() {
    for (const name of ["index", "hessians", "command-line", "search"]) {
      for (const colorScheme of ["light", "dark"]) {
        const page = await reader({ viewport: { width: 360, height: 740 }, colorScheme });
        await page.goto(`${address}${name}.html`);
        await accessible(page);
        equal(await wide(page), "", name);
        await page.setViewportSize({ width: 1280, height: 900 });
        await accessible(page);
        await page.context().close();
      }
    }
  },
};

// ------------------------------------------------------------------------------------------------------------------ run

browser = await playwright.chromium.launch({ executablePath: chromium, headless: true, args: FLAGS });
for (const [name, check] of Object.entries({ PAGE: onPage, SITE: { ...onSiteAtRest, ...onSite }, DOCS: onDocs }[what])) {
  let found = { name, wrong: "" };
  const begun = Date.now();
  try {
    found = { ...found, ...(await check()) };
  } catch (error) {
    found.wrong = String(error?.message ?? error).slice(0, 1500);
  }
  found.seconds = (Date.now() - begun) / 1000;
  for (const context of browser.contexts()) if (context !== kept.page?.context()) await context.close();
  if (outside.length) found.wrong = [found.wrong, ...outside.splice(0)].filter(Boolean).join("\n").slice(0, 3000);
  console.log(JSON.stringify(found));
}
await browser.close();
