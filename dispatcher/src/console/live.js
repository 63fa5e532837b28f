// The shop's figures, live: one stream of server-sent events while the page is seen, and the last two minutes of it.

const KEPT = 120;
const AGAIN_MS = 5_000;

const watchers = new Set();
let stream = null;
let again = null;
let state = "connecting";

/** The overview that came last, or nothing yet. */
export let latest = null;

/** The last two minutes: `{at, overview}` each, and `{at, overview: null}` where the stream was interrupted. */
export const samples = [];

/** Calls with the state of the stream (`connecting`, `live`, `lost`) at once and whenever something changes, until `signal` aborts. */
export function watch(watcher, signal) {
  watchers.add(watcher);
  signal?.addEventListener("abort", () => watchers.delete(watcher));
  watcher(state);
}

/** Begins; a page that is not seen has no stream, for a browser has few connections and a shop few places. */
export function begin() {
  document.addEventListener("visibilitychange", follow);
  // A page that is left must not keep its place, wherever the browser keeps the page.
  addEventListener("pagehide", close);
  addEventListener("pageshow", follow);
  follow();
}

function follow() {
  if (document.visibilityState === "hidden") close();
  else if (stream === null) open();
}

function open() {
  clearTimeout(again);
  stream = new EventSource("overview");
  stream.onmessage = ({ data }) => {
    latest = JSON.parse(data);
    keep({ at: new Date(latest.at), overview: latest });
    change("live");
  };
  stream.onerror = () => {
    if (state === "live") keep({ at: new Date(), overview: null });
    change("lost");
    // The browser tries again by itself, unless it was refused.
    if (stream?.readyState === EventSource.CLOSED) {
      stream = null;
      again = setTimeout(follow, AGAIN_MS);
    }
  };
}

function close() {
  clearTimeout(again);
  stream?.close();
  if (stream !== null && state === "live") keep({ at: new Date(), overview: null });
  stream = null;
}

function keep(sample) {
  samples.push(sample);
  if (samples.length > KEPT) samples.shift();
}

function change(now) {
  state = now;
  for (const watcher of watchers) watcher(state);
}
