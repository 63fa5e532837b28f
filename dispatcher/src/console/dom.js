// Builds elements. Text goes in as text: nothing here, or anywhere in the console, reads markup out of a string.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; a child is a node, a text, or nothing. */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same, of SVG. */
export function graphic(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Sets a node's text, and leaves it alone where it is the same. */
export function tell(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets an attribute, and leaves it alone where it is the same. */
export function mark(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
}

/** The heading of a view, which takes the focus when the view is shown. */
export function heading(text, ...more) {
  return element("div", { class: "heading" }, element("h1", { tabindex: -1 }, text), ...more);
}

/** Names and values, as a description list; pairs without a value are left out. */
export function facts(...pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  const pair = ([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
  return element("dl", { class: "facts" }, shown.map(pair));
}

/** A table with a caption that only readers of the screen get. `columns` are `{name, number}`. */
export function table(caption, columns, rows) {
  const head = columns.map(({ name, number }) => element("th", { scope: "col", class: number && "number" }, name));
  const cells = (row) => row.map((cell, at) => {
    const about = { class: columns[at].number && "number" };
    return at === 0 ? element("th", { scope: "row" }, cell) : element("td", about, cell);
  });
  const body = element("tbody", {}, rows.map((row) => element("tr", {}, cells(row))));
  const whole = element("table", {}, element("caption", { class: "unseen" }, caption), element("thead", {}, element("tr", {}, head)), body);
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, whole);
}
