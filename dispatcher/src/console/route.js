// Which view the address names: the part behind `#`, so that a view can be linked and loaded anew.

/** `#/item/violin?x=1` as its parts and its query. */
export function parse(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { parts: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

/** The address of a view: its parts may hold anything. */
export function to(parts, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  const path = `#/${parts.map(encodeURIComponent).join("/")}`;
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
