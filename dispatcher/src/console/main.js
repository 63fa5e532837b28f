// Begins the console: what the listener allows, the live figures, and the view that the address names.

import { ask } from "./api.js";
import { element, heading, mark, tell } from "./dom.js";
import { event } from "./event.js";
import { glance } from "./glance.js";
import { item } from "./item.js";
import { items } from "./items.js";
import { letter } from "./letter.js";
import { letters } from "./letters.js";
import * as live from "./live.js";
import { parse } from "./route.js";
import { fault } from "./say.js";
import { write } from "./write.js";

const STATES = { connecting: "Connecting", live: "Live", lost: "Reconnecting" };

const main = document.getElementById("main");
let listener;
let leaving = new AbortController();

function view(parts) {
  const [name = "", id] = parts;
  const views = { "": glance, items, item: id && item, write, event, letters: listener.administration && (id ? letter : letters) };
  return Object.hasOwn(views, name) ? views[name] : undefined;
}

/** Shows what the address names; whatever the view before still waits for is given up. */
function show(focus) {
  leaving.abort();
  leaving = new AbortController();
  const { parts, query } = parse(location.hash);
  const shown = view(parts) || nothing;
  main.replaceChildren(...shown({ parts, query, signal: leaving.signal, go, administration: listener.administration }));
  const title = main.querySelector("h1");
  document.title = `${title.textContent} \u00b7 ${name()}`;
  for (const link of document.querySelectorAll("#views a")) {
    const current = (parse(link.hash).parts[0] ?? "") === (parts[0] === "item" ? "items" : (parts[0] ?? ""));
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (focus) {
    scrollTo(0, 0);
    title.focus({ preventScroll: true });
  }
}

function nothing() {
  return [heading("Nothing here"), element("p", {}, "The console has no such view, or this listener does not allow it. ", element("a", { href: "#/" }, "At a glance"))];
}

/** Goes to a view; to the one that is shown, it is shown anew. */
function go(hash) {
  if (location.hash === hash) show(true);
  else location.hash = hash;
}

function name() {
  return listener.shop.split("/").at(-1);
}

async function begin() {
  listener = (await ask("console/listener.json")).json;
  tell(document.getElementById("shop"), name());
  tell(document.getElementById("version"), `Pawnshop ${listener.version}`);
  document.querySelector(".administration").hidden = !listener.administration;
  addEventListener("hashchange", () => show(true));
  show(false);
  const state = document.getElementById("live");
  live.watch((now) => {
    tell(state, STATES[now]);
    mark(state, "data-state", now);
  });
  live.begin();
}

// Its address is no view.
document.querySelector(".skip").addEventListener("click", (click) => {
  click.preventDefault();
  main.focus();
});

begin().catch((problem) => main.replaceChildren(heading("Pawnshop"), fault(problem.title ? problem : { title: "The console failed", detail: String(problem) })));
