// The shop's API. Paths are relative, so that the page works behind a prefix as well.

const DEADLINE_MS = 20_000;

/** What the API, or the way to it, says is wrong (RFC 9457). */
export class Problem extends Error {
  constructor(status, body, retryAfter = null) {
    super(body.detail || body.title);
    this.status = status;
    this.title = body.title;
    this.detail = body.detail;
    this.code = body.code;
    this.errors = body.errors ?? [];
    this.eventId = body.eventId ?? null;
    this.retryAfter = retryAfter;
  }
}

/** Asks, and gives the status, the JSON and where the next page is. Throws a `Problem`; an `AbortError` once `signal` is. */
export async function ask(path, { method = "GET", text, headers = {}, signal } = {}) {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const signals = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const declared = method === "GET" ? {} : { "content-type": "application/json" };
  let answer;
  let body;
  try {
    answer = await fetch(path, { method, body: text, headers: { ...declared, ...headers }, signal: signals, cache: "no-store" });
    body = parse(await answer.text());
  } catch (error) {
    if (signal?.aborted) throw error;
    const late = deadline.aborted ? "There was no answer in time." : "It cannot be reached, or its answer broke off.";
    throw new Problem(0, { title: "The shop does not answer", detail: `${late} Try again in a moment.`, code: "no_answer" });
  }
  if (!answer.ok) {
    const told = body && typeof body === "object" ? body : { title: `Answered ${answer.status}`, detail: "", code: "unknown" };
    const seconds = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
    throw new Problem(answer.status, told, Number.isNaN(seconds) ? null : seconds);
  }
  return { status: answer.status, json: body, next: next(answer.headers.get("link")) };
}

/** `/item/fetch/{id}` and the like, from parts that may hold anything. */
export function path(...parts) {
  return parts.map(encodeURIComponent).join("/");
}

/** A path with a query of the pairs that have a value. */
export function withQuery(to, pairs) {
  const given = Object.entries(pairs).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length === 0 ? to : `${to}?${new URLSearchParams(given)}`;
}

/** JSON whose whole numbers stay exact, however large. */
function parse(text) {
  try {
    return JSON.parse(text, (_, value, context) => {
      const large = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
      return large && /^-?\d+$/.test(context?.source ?? "") ? BigInt(context.source) : value;
    });
  } catch {
    return null;
  }
}

/** The query of the `Link` to the next page (RFC 8288), or nothing. */
function next(link) {
  const target = /<([^>]*)>;\s*rel="next"/.exec(link ?? "")?.[1];
  return target ? new URL(target, location.href).searchParams : null;
}
