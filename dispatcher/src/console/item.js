// One item, and its history as a timeline.

import { ask, path } from "./api.js";
import { element, facts, heading } from "./dom.js";
import { count, moment, money } from "./format.js";
import { to } from "./route.js";
import { shown } from "./say.js";

const KINDS = {
  buys: { verb: "Bought from", flow: "buy-actions", more: "purchases" },
  sells: { verb: "Sold to", flow: "sell-actions", more: "sales" },
  pawns: { verb: "Pawned by", flow: "pawn-actions", more: "loans" },
};

export function item({ parts: [, id], signal }) {
  const place = element("div", { class: "results" });
  const load = () => shown(place, signal, async () => {
    const { json } = await ask(`item/fetch/${path(id)}`, { signal });
    place.replaceChildren(...described(json), history(json, signal));
  });
  load();
  const again = element("button", { type: "button", class: "plain", onclick: load }, "Refresh");
  return [heading(`Item ${id}`, again), place];
}

function described({ item }) {
  const record = (kind, label) => element("a", { class: "button plain", href: to(["write", kind], { itemId: item.id }) }, label);
  return [
    element(
      "section",
      { class: "card", "aria-labelledby": "item-name" },
      element("h2", { id: "item-name" }, item.name),
      facts(["Price", money(item.price)], ["Category", item.category], ["State", item.state], ["Age", count(item.ageInMonths, "month")], ["Id", element("code", {}, item.id)]),
      element("p", { class: "actions" }, record("sell", "Record a sale"), record("pawn", "Record a loan"), record("buy", "Record a purchase")),
    ),
  ];
}

/** All that was done with it, in order of date and event, with a way to what is left out. */
function history(found, signal) {
  const list = element("ol", { class: "timeline" });
  const actions = Object.keys(KINDS).flatMap((kind) => found[kind].map((action) => ({ ...action, kind })));
  const fill = () => {
    actions.sort((one, other) => order(one.date, other.date) || order(one.eventId, other.eventId));
    list.replaceChildren(...actions.map(entry));
  };
  fill();
  const left = Object.entries(found.truncated ?? {}).map(([kind, link]) => more(kind, link, signal, (page) => {
    actions.push(...page.map((action) => ({ ...action, kind })));
    fill();
  }));
  const nothing = actions.length === 0 && element("p", { class: "none" }, "Nothing was done with it yet.");
  return element("section", { "aria-labelledby": "history" }, element("h2", { id: "history" }, "History"), nothing, list, ...left);
}

function entry({ kind, eventId, clientId, price, date, profit, tax, limitDays }) {
  const { verb, flow } = KINDS[kind];
  const terms = [
    profit !== undefined && `Profit ${money(profit)}`,
    tax !== undefined && `Interest ${tax} %`,
    limitDays !== undefined && `lapses after ${count(limitDays, "day")}`,
  ].filter(Boolean);
  return element(
    "li",
    { class: kind },
    element("p", { class: "what" }, `${verb} `, element("b", {}, clientId), ` for ${money(price)}`),
    terms.length > 0 && element("p", {}, terms.join(", ")),
    element("p", { class: "about" }, element("time", { datetime: date }, moment(date)), " \u00b7 ", element("a", { href: to(["event", eventId], { flow }) }, "event ", element("span", { class: "id" }, eventId))),
  );
}

/** Fetches what a long history lacks, a page at a time. */
function more(kind, link, signal, add) {
  let next = new URL(link, location.href);
  const button = element("button", { type: "button", class: "plain" }, `More ${KINDS[kind].more}`);
  const place = element("p", {}, button);
  button.addEventListener("click", () => shown(place, signal, async () => {
    const page = await ask(next.pathname.replace(/^\//, "") + next.search, { signal });
    add(page.json);
    if (page.next === null) place.remove();
    else next.search = page.next.toString();
  }));
  return place;
}

function order(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}
