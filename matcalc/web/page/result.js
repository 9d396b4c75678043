// What a result offers beside reading it: copies, a PDF, a link, and the derivation line by line.

const COPIES = { text: "Text", latex: "LaTeX", markdown: "Markdown", html: "HTML" };

/** Puts the tools beside a result; the texts to copy come with the event "written", when the proof is there. */
export function dress(result, tools, offers, pdf, link) {
  const texts = { html: result.innerHTML };
  tools.replaceChildren(label("Copy"));
  for (const [form, title] of Object.entries(COPIES)) {
    const copy = button(title, async () => confirm(copy, await copied(texts[form] ?? "")));
    copy.disabled = !(form in texts);
    copy.dataset.form = form;
    tools.append(copy);
  }
  const permanent = button("Link", async () => confirm(permanent, await copied(link())));
  tools.append(permanent);
  if (offers.pdf) {
    const save = button("PDF", async () => {
      save.disabled = true;
      const answer = await pdf();
      save.disabled = false;
      if (answer.error) confirm(save, "no TeX here");
      else download(answer.pdf);
    });
    tools.append(save);
  }
  tools.hidden = false;
  tools.onwritten = null;
  tools.addEventListener(
    "written",
    (event) => {
      Object.assign(texts, event.detail);
      for (const copy of tools.querySelectorAll("[data-form]")) copy.disabled = !texts[copy.dataset.form];
    },
    { once: true },
  );
  stepwise(result);
}

/** One line at a time, for who wants to think before looking. */
function stepwise(result) {
  const part = result.querySelector(".part.derivation");
  if (!part) return;
  const lines = [...part.querySelectorAll("table.lines > tbody > tr, p.result")];
  if (lines.length < 3) return;
  const bar = document.createElement("p");
  bar.className = "stepwise";
  let shown = lines.length;
  const update = () => {
    lines.forEach((line, n) => (line.hidden = n >= shown));
    for (const stage of part.querySelectorAll("section.stage")) {
      const first = lines.findIndex((line) => stage.contains(line));
      stage.hidden = first >= shown;
    }
    result.classList.toggle("stepping", shown < lines.length);
    next.hidden = all.hidden = shown >= lines.length;
    begin.hidden = !next.hidden;
  };
  const begin = button("Step by step", () => {
    shown = 1;
    update();
    next.focus();
  });
  const next = button("Next step", () => {
    shown += 1;
    update();
    lines[shown - 1].scrollIntoView({ block: "nearest" });
    if (shown >= lines.length) begin.focus();
  });
  const all = button("Show all", () => {
    shown = lines.length;
    update();
    begin.focus();
  });
  bar.append(begin, next, all);
  part.append(bar);
  update();
}

function label(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}

function button(title, press) {
  const found = document.createElement("button");
  found.type = "button";
  found.textContent = title;
  found.addEventListener("click", press);
  return found;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return "copied";
  } catch {
    return "not allowed";
  }
}

function confirm(button, says) {
  const title = button.dataset.title ?? button.textContent;
  button.dataset.title = title;
  button.textContent = says;
  setTimeout(() => (button.textContent = title), 1500);
}

function download(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/pdf" }));
  link.download = "derivation.pdf";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
