// A small line plot over the last two minutes. What is not known is a gap, never a zero.

import { graphic, mark } from "./dom.js";

const WIDTH = 240;
const HEIGHT = 56;
const LENGTH = 120;

/** A plot that is called `name` to readers of the screen; `write` writes a value for people. */
export function plot(name, write) {
  const area = graphic("path", { class: "area" });
  const line = graphic("path", { class: "line" });
  const node = graphic(
    "svg",
    { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `${name}: nothing yet` },
    graphic("path", { class: "base", d: `M0 ${HEIGHT - 1}H${WIDTH}` }),
    area,
    line,
  );
  /** Draws these values, the latest last; `null` is unknown. */
  const draw = (values) => {
    const most = Math.max(...values.map((value) => value ?? 0), 0) || 1;
    const points = values.slice(-LENGTH).map((value, at, shown) => ({
      x: WIDTH - (shown.length - 1 - at) * (WIDTH / (LENGTH - 1)),
      y: value === null ? null : HEIGHT - 2 - (value / most) * (HEIGHT - 6),
    }));
    const runs = unbroken(points);
    mark(line, "d", runs.map((run) => `M${run.map(place).join("L")}`).join(""));
    mark(area, "d", runs.map((run) => `M${run[0].x.toFixed(1)} ${HEIGHT}L${run.map(place).join("L")}L${run.at(-1).x.toFixed(1)} ${HEIGHT}Z`).join(""));
    mark(node, "aria-label", `${name}, last two minutes: ${told(values, write)}`);
  };
  return { node, draw };
}

/** The stretches between gaps; a point alone becomes a short stroke. */
function unbroken(points) {
  const runs = [[]];
  for (const point of points) {
    if (point.y === null) runs.push([]);
    else runs.at(-1).push(point);
  }
  return runs.filter((run) => run.length > 0).map((run) => (run.length === 1 ? [{ ...run[0], x: run[0].x - 1 }, run[0]] : run));
}

function place({ x, y }) {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

function told(values, write) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "not known";
  const now = values.at(-1) === null ? "now not known" : `now ${write(values.at(-1))}`;
  return `${now}, lowest ${write(Math.min(...known))}, highest ${write(Math.max(...known))}`;
}
