// Dead letters, a page at a time.

import { ask, withQuery } from "./api.js";
import { element, heading, table } from "./dom.js";
import { count, moment, whole } from "./format.js";
import * as live from "./live.js";
import { to } from "./route.js";
import { announce, shown } from "./say.js";

const LIMIT = 20;

export function letters({ query, signal, go }) {
  const results = element("div", { class: "results" });
  shown(results, signal, () => fill(results, query, signal));
  return [heading("Dead letters"), filter(query.get("flow") ?? "", go), results];
}

function filter(flow, go) {
  const flows = (live.latest?.pools ?? []).flatMap((pool) => pool.flows.map(({ name }) => name));
  const known = [...new Set([...flows, flow].filter(Boolean))];
  const submit = (event) => {
    event.preventDefault();
    go(to(["letters"], { flow: new FormData(event.target).get("flow") }));
  };
  return element(
    "form",
    { class: "search card", onsubmit: submit },
    element(
      "div",
      { class: "field grow" },
      element("label", { for: "flow" }, "Flow"),
      element("select", { id: "flow", name: "flow" }, element("option", { value: "" }, "every flow"), known.map((name) => element("option", { selected: name === flow }, name))),
    ),
    element("button", { type: "submit" }, "Show"),
  );
}

async function fill(results, query, signal) {
  const { json } = await ask(withQuery("dead-letters", { flow: query.get("flow"), after: query.get("after"), limit: LIMIT }), { signal });
  announce(json.letters.length === 0 ? "No dead letters" : `${count(json.letters.length, "letter")} on this page`);
  if (json.letters.length === 0) {
    results.replaceChildren(element("p", { class: "none" }, query.has("after") ? "No more dead letters." : "No dead letters. What failed for good would be kept here, whole, for 30 days."));
    return;
  }
  const columns = [{ name: "Letter" }, { name: "About" }, { name: "Flow" }, { name: "Why" }, { name: "Attempts", number: true }, { name: "When" }];
  const rows = json.letters.map((letter) => [
    element("a", { href: to(["letters", letter.id]) }, letter.outcome === "rejected" ? "rejected" : "dead letter", element("span", { class: "id" }, letter.id)),
    letter.attributes.subject ?? "\u2013",
    letter.flow,
    element("span", { class: "reason" }, letter.reason),
    whole(letter.attempts),
    element("span", {}, moment(letter.time), letter.replayed && element("span", { class: "badge" }, "replayed")),
  ]);
  const next = json.next && to(["letters"], { flow: query.get("flow"), after: json.next });
  results.replaceChildren(table("Dead letters, in order of their ids", columns, rows), ...(next ? [element("p", {}, element("a", { class: "button plain", href: next }, "Next page"))] : []));
}
