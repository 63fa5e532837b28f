// Search: items by exactly one of id, name, category and state.

import { ask, withQuery } from "./api.js";
import { element, heading, table } from "./dom.js";
import { count, money, whole } from "./format.js";
import { to } from "./route.js";
import { announce, shown } from "./say.js";
import { CATEGORIES, STATES } from "./write.js";

const LIMIT = 20;
const FILTERS = { name: "Name", id: "Id", category: "Category", state: "State" };

export function items({ query, signal, go }) {
  const given = Object.keys(FILTERS).find((filter) => query.has(filter));
  const results = element("div", { class: "results" });
  const form = search(given ?? "name", query.get(given) ?? "", go);
  if (given) shown(results, signal, () => fill(results, given, query, signal));
  return [heading("Items"), form, results];
}

function search(filter, value, go) {
  const by = element("select", { id: "by", name: "by" }, Object.entries(FILTERS).map(([name, label]) => element("option", { value: name, selected: name === filter }, label)));
  const place = element("div", { class: "field grow" });
  const ask = () => {
    const choices = { category: CATEGORIES, state: STATES }[by.value];
    const label = element("label", { for: "value" }, by.value === "name" ? "Exact name" : FILTERS[by.value]);
    const same = by.value === filter ? value : "";
    const control = choices
      ? element("select", { id: "value", name: "value" }, choices.map((choice) => element("option", { selected: choice === same }, choice)))
      : element("input", { id: "value", name: "value", type: "text", value: same, autocomplete: "off", required: true });
    place.replaceChildren(label, control);
  };
  by.addEventListener("change", ask);
  ask();
  const submit = (event) => {
    event.preventDefault();
    const wanted = new FormData(event.target).get("value");
    if (by.value === "id") go(to(["item", wanted]));
    else go(to(["items"], { [by.value]: wanted }));
  };
  return element(
    "form",
    { class: "search card", role: "search", onsubmit: submit },
    element("div", { class: "field" }, element("label", { for: "by" }, "Search by"), by),
    place,
    element("button", { type: "submit" }, "Search"),
  );
}

async function fill(results, filter, query, signal) {
  const asked = { [filter]: query.get(filter), limit: LIMIT, after: query.get("after") };
  const page = await ask(withQuery("item/fetch", asked), { signal });
  if (page.json.length === 0) {
    announce("No items found");
    const where = `with the ${FILTERS[filter].toLowerCase()} \u201c${query.get(filter)}\u201d`;
    results.replaceChildren(element("p", { class: "none" }, query.has("after") ? "No more items." : `No item ${where}. An item that was just recorded takes a moment.`));
    return;
  }
  const columns = [{ name: "Item" }, { name: "Category" }, { name: "State" }, { name: "Price", number: true }, { name: "Actions", number: true }];
  const rows = page.json.map(({ item, buys, sells, pawns }) => [
    element("a", { href: to(["item", item.id]) }, item.name, element("span", { class: "id" }, item.id)),
    item.category,
    item.state,
    money(item.price),
    whole(buys.length + sells.length + pawns.length),
  ]);
  const found = `${count(rows.length, "item")} on this page, in order of their ids`;
  announce(found);
  const next = page.next && to(["items"], { [filter]: query.get(filter), after: page.next.get("after") });
  results.replaceChildren(
    element("p", { class: "about" }, found),
    table("Items found", columns, rows),
    ...(next ? [element("p", {}, element("a", { class: "button plain", href: next }, "Next page"))] : []),
  );
}
