// Records items and actions. The API judges what is written; its own words stand beside the fields they are about.

import { ask } from "./api.js";
import { element, heading } from "./dom.js";
import { money } from "./format.js";
import { to } from "./route.js";
import { fault, say } from "./say.js";

export const CATEGORIES = ["Reading", "Collection", "Decoration", "Clothing", "Jewelry", "Motor", "Electronics"];
export const STATES = ["New", "Good", "Bad", "Fatal"];

/** How long the answer is held for the outcome, in seconds. */
const PATIENCE = 5;

const PRICE = { name: "price", label: "Price, in cents", number: true, amount: true };
const ACTION = [
  { name: "itemId", label: "Item id" },
  { name: "clientId", label: "Client id" },
  PRICE,
];
const DATE = { name: "date", label: "Date", optional: "now, when it is empty", hint: "2026-01-31 or 2026-01-31T12:00:00Z" };

const FORMS = {
  item: {
    title: "A new item",
    path: "item/add",
    fields: [
      { name: "name", label: "Name" },
      { name: "category", label: "Category", choices: CATEGORIES },
      PRICE,
      { name: "state", label: "State", choices: STATES },
      { name: "ageInMonths", label: "Age, in months", number: true },
      { name: "id", label: "Item id", optional: "one is made, when it is empty" },
    ],
  },
  sell: {
    title: "A sale",
    path: "item/action/sell",
    fields: [...ACTION, { name: "profit", label: "Profit, in cents", number: true, amount: true, hint: "Below zero for a loss." }, DATE],
  },
  pawn: {
    title: "A loan",
    path: "item/action/pawn",
    fields: [
      ...ACTION,
      { name: "tax", label: "Interest, in whole per cent", number: true },
      { name: "limitDays", label: "Days until it lapses", number: true },
      DATE,
    ],
  },
  buy: { title: "A purchase", path: "item/action/buy", fields: [...ACTION, DATE] },
};

export function write({ parts: [, kind = "item"], query, signal }) {
  const form = FORMS[kind] ?? FORMS.item;
  const links = Object.entries(FORMS).map(([name, { title }]) =>
    element("li", {}, element("a", { href: to(["write", name], { itemId: name === "item" ? "" : query.get("itemId") }), "aria-current": FORMS[name] === form && "page" }, title)),
  );
  return [
    heading("Record"),
    element("nav", { "aria-label": "What to record" }, element("ul", { class: "tabs" }, links)),
    filled(form, query, signal),
  ];
}

function filled(form, query, signal) {
  const answer = element("div", { class: "answer" });
  const fields = form.fields.map((field) => control(field, query.get(field.name) ?? ""));
  const button = element("button", { type: "submit" }, "Record it");
  const attempts = idempotent();
  const submit = async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    answer.replaceChildren(element("p", { class: "waiting" }, "Recording\u2026"));
    fields.forEach(({ accuse }) => accuse([]));
    const text = `{${fields.map(({ json }) => json()).filter(Boolean).join(",")}}`;
    const headers = { prefer: `wait=${PATIENCE}`, "idempotency-key": attempts.key(text) };
    try {
      const { status, json } = await ask(form.path, { method: "POST", text, headers, signal });
      attempts.done();
      recorded(answer, status, json);
      fields.forEach(({ clear }) => clear());
    } catch (problem) {
      if (signal.aborted) return;
      // Whether it came through is not known: the same again is the same event.
      const open = problem.status === 0 || problem.status === 429 || problem.status === 503;
      if (!open) attempts.done();
      refused(answer, fields, problem, open);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  };
  return element("form", { class: "card record", novalidate: true, "aria-label": form.title, onsubmit: submit }, fields.map(({ node }) => node), element("p", { class: "actions" }, button), answer);
}

/** A field with its label, its hint and what is wrong with it. */
function control(field, given) {
  const { name, label, choices, number, amount, optional } = field;
  const called = label.split(",")[0];
  const hints = [optional && `Optional: ${optional}.`, field.hint].filter(Boolean).join(" ");
  const hint = element("p", { class: "hint", id: `${name}-hint` }, hints);
  const wrong = element("p", { class: "wrong", id: `${name}-wrong` });
  const about = { id: name, name, "aria-describedby": `${name}-hint ${name}-wrong` };
  const input = choices
    ? element("select", about, choices.map((choice) => element("option", { selected: choice === given }, choice)))
    : element("input", { ...about, type: "text", value: given, autocomplete: "off", inputmode: number && "numeric" });
  if (amount) {
    input.addEventListener("input", () => {
      hint.textContent = [isWhole(input.value) && `That is ${money(input.value.trim())}.`, hints].filter(Boolean).join(" ");
    });
  }
  const json = () => {
    const value = input.value.trim();
    if (value === "") return null;
    // A number of any size goes as it was written; what is none goes as text, for the API to say what it must be.
    return `${JSON.stringify(name)}:${number && isWhole(value) ? value : JSON.stringify(choices ? value : input.value)}`;
  };
  const accuse = (errors) => {
    wrong.textContent = errors.map(({ detail }) => `${called} ${detail}.`).join(" ");
    if (errors.length > 0) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const clear = () => {
    if (choices === undefined && name !== "itemId") input.value = "";
    hint.textContent = hints;
  };
  return { name, input, json, accuse, clear, node: element("div", { class: "field" }, element("label", { for: name }, label), input, hint, wrong) };
}

function isWhole(text) {
  return /^-?(0|[1-9]\d*)$/.test(text.trim());
}

/** The key by which an attempt that is made again is the same event, until its outcome is known or its content another. */
function idempotent() {
  let last = null;
  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return {
    key(text) {
      if (last?.text !== text) last = { text, key: `console/${fresh()}` };
      return last.key;
    },
    done() {
      last = null;
    },
  };
}

function recorded(place, status, { itemId, eventId, flow }) {
  const inEffect = status === 201;
  const sentence = inEffect ? "It is in effect." : "It is safely in the queue, and not in effect yet.";
  say(inEffect ? "Recorded, and in effect" : "Recorded; not in effect yet");
  place.replaceChildren(
    element(
      "div",
      { class: "done" },
      element("p", { class: "what" }, sentence),
      element("p", {}, element("a", { href: to(["item", itemId]) }, "Show the item"), " \u00b7 ", element("a", { href: to(["event", eventId], { flow }) }, "Show the event")),
    ),
  );
}

/** Each fault at its field, the rest above; the focus goes to the first that can be mended. */
function refused(place, fields, problem, open) {
  const faults = problem.errors.map((error) => ({ ...error, name: error.pointer?.replace(/^#?\//, "") }));
  const accused = fields.filter(({ name, accuse }) => {
    const own = faults.filter((error) => error.name === name);
    accuse(own);
    return own.length > 0;
  });
  const rest = faults.filter((error) => !fields.some(({ name }) => name === error.name));
  const seconds = problem.retryAfter ? `Try again in ${problem.retryAfter} s; it` : "It";
  place.replaceChildren(
    fault(
      problem,
      rest.length > 0 && element("ul", {}, rest.map(({ name, detail }) => element("li", {}, `${name ?? "The body"} ${detail}`))),
      open && element("p", {}, `${seconds} is recorded once however often you try.`),
      problem.eventId && element("p", {}, element("a", { href: to(["event", problem.eventId]) }, "Show the event")),
    ),
  );
  accused[0]?.input.focus();
}
