// One dead letter: what it was, why it failed, and what can be done with it.

import { ask, path } from "./api.js";
import { confirmed } from "./confirm.js";
import { element, facts, heading } from "./dom.js";
import { count, moment, whole } from "./format.js";
import { to } from "./route.js";
import { fault, say, shown } from "./say.js";

export function letter({ parts: [, id], signal, go }) {
  const place = element("div", { class: "results" });
  shown(place, signal, async () => {
    const { json } = await ask(`dead-letters/${path(id)}`, { signal });
    show(json);
  });
  const show = (found, focus = false) => {
    const buttons = actions(found);
    place.replaceChildren(described(found), buttons, envelope(found.envelope));
    if (focus) buttons.querySelector("button").focus();
  };
  const actions = (found) => {
    const answer = element("div", { class: "answer" });
    const act = async (work) => {
      try {
        await work();
      } catch (problem) {
        if (!signal.aborted) answer.replaceChildren(fault(problem));
      }
    };
    const replay = () => act(async () => {
      const { json } = await ask(`dead-letters/${path(id)}/replay`, { method: "POST", signal });
      say("Replayed: it goes through its flow again");
      show(json, true);
    });
    const drop = () => act(async () => {
      const sure = await confirmed("Drop this letter?", `The event about \u201c${found.attributes.subject ?? found.id}\u201d is forgotten for good: it can be neither inspected nor replayed again.`, "Drop it for good");
      if (!sure) return;
      await ask(`dead-letters/${path(id)}`, { method: "DELETE", signal });
      go(to(["letters"]));
      say("Dropped for good");
    });
    return element(
      "div",
      {},
      element("p", { class: "actions" }, element("button", { type: "button", onclick: replay }, found.replayed ? "Replay once more" : "Replay"), element("button", { type: "button", class: "danger plain", onclick: drop }, "Drop\u2026")),
      answer,
    );
  };
  return [heading("Dead letter", element("a", { class: "button plain", href: to(["letters"]) }, "All letters")), place];
}

function described({ id, flow, outcome, code, reason, attempts, time, replayed, attributes }) {
  const subject = attributes.subject;
  const shownAlready = ["id", "subject"];
  const rest = Object.entries(attributes).filter(([name]) => !shownAlready.includes(name));
  return element(
    "section",
    { class: "card", "aria-label": "The letter" },
    element("p", { class: "outcome", "data-outcome": outcome }, reason),
    facts(
      ["About", subject && element("a", { href: to(["item", subject]) }, subject)],
      ["Flow", flow],
      ["Outcome", outcome],
      ["Code", code && element("code", {}, code)],
      ["Attempts", whole(attempts)],
      ["Filed", moment(time)],
      ["Replayed", replayed && element("span", {}, moment(replayed), " \u00b7 ", element("a", { href: to(["event", id], { flow }) }, "what became of it"))],
      ["Event", element("code", {}, id)],
    ),
    element("h2", {}, "Attributes"),
    rest.length > 0 ? facts(...rest.map(([name, value]) => [name, element("code", {}, value)])) : element("p", { class: "none" }, "Its bytes are no event: there are none, and it cannot be replayed."),
  );
}

/** The event as it was sent: as text with what is none as dots, and as base64 to take along. */
function envelope(base64) {
  const bytes = Uint8Array.from(atob(base64 ?? ""), (byte) => byte.charCodeAt(0));
  const text = new TextDecoder().decode(bytes).replace(/[\p{C}\ufffd]/gu, "\u00b7");
  return element(
    "details",
    { class: "card" },
    element("summary", {}, `Envelope, ${count(bytes.length, "byte")}`),
    element("h2", {}, "As text"),
    element("pre", { tabindex: 0 }, text),
    element("h2", {}, "In base64"),
    element("pre", { tabindex: 0 }, base64 ?? ""),
  );
}
