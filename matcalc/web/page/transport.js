// How a request reaches matcalc: over HTTP, to the server that this page came from. A page without a server has another
// module of this name, which asks a worker; both export the same.

/** What the page may offer here: `pdf` where the server has TeX, `ready` a promise that is kept when it can answer. */
export const offers = { pdf: true, ready: Promise.resolve() };

/** The answer of an operation to a request; what goes wrong is an answer, too: {error, html}. */
export async function ask(operation, request, signal) {
  let response;
  try {
    response = await fetch(`api/${operation}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(request),
      signal,
    });
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return unreachable();
  }
}

function unreachable() {
  const message = "the server does not answer";
  const html = `<div class="error" role="alert"><p>The server does not answer. Is it still running?</p></div>`;
  return { error: { message, hint: "", readings: [] }, html };
}
