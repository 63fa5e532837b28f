// What became of an event.

import { ask, path, withQuery } from "./api.js";
import { element, facts, heading } from "./dom.js";
import { moment, whole } from "./format.js";
import * as live from "./live.js";
import { to } from "./route.js";
import { announce, shown } from "./say.js";

const ROUNDS = 10;
const TOLD = { applied: "Applied: it is in effect", rejected: "Rejected: it can never be applied", "dead-lettered": "Dead-lettered: it failed as often as it may" };

export function event({ parts: [, id], query, signal, go, administration }) {
  const result = element("div", { class: "results" });
  if (id) shown(result, signal, () => fill(result, id, query.get("flow"), signal, administration));
  return [heading("Event"), search(id ?? "", query.get("flow") ?? "", go), result];
}

function search(id, flow, go) {
  const flows = (live.latest?.pools ?? []).flatMap((pool) => pool.flows.map(({ name }) => name)).concat(live.latest?.untold ?? []);
  const known = [...new Set([...flows, flow].filter(Boolean))];
  const submit = (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    go(to(["event", given.get("id").trim()], { flow: given.get("flow") }));
  };
  return element(
    "form",
    { class: "search card", role: "search", onsubmit: submit },
    element("div", { class: "field grow" }, element("label", { for: "id" }, "Event id"), element("input", { id: "id", name: "id", type: "text", value: id, required: true, autocomplete: "off", spellcheck: "false" })),
    element(
      "div",
      { class: "field" },
      element("label", { for: "flow" }, "Flow"),
      element("select", { id: "flow", name: "flow" }, element("option", { value: "" }, "every flow"), known.map((name) => element("option", { selected: name === flow }, name))),
    ),
    element("button", { type: "submit" }, "Look up"),
  );
}

async function fill(place, id, flow, signal, administration) {
  for (let round = 0; ; round += 1) {
    try {
      const { json } = await ask(withQuery(`event/${path(id)}`, { flow }), { signal });
      place.replaceChildren(outcome(json, administration));
      announce(TOLD[json.outcome] ?? json.outcome);
      return;
    } catch (problem) {
      if (problem.code !== "event_unknown" || round >= ROUNDS) throw problem;
      const waiting = "Nothing is known of it yet; it may be on its way. Looking again\u2026";
      announce(waiting);
      if (round === 0) place.replaceChildren(element("p", { class: "waiting" }, waiting));
      await pause((problem.retryAfter ?? 1) * 1000, signal);
    }
  }
}

function outcome({ eventId, flow, outcome, code, detail, attempts, time }, administration) {
  return element(
    "section",
    { class: "card", "aria-label": "Outcome" },
    element("p", { class: "outcome", "data-outcome": outcome }, TOLD[outcome] ?? outcome),
    detail && element("p", {}, detail),
    facts(["Code", code && element("code", {}, code)], ["Flow", flow], ["Failed attempts", whole(attempts)], ["Decided", time && moment(time)], ["Event", element("code", {}, eventId)]),
    administration && outcome === "dead-lettered" && element("p", { class: "actions" }, element("a", { class: "button plain", href: to(["letters", eventId]) }, "Show the dead letter")),
  );
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
