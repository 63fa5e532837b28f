// The shop at a glance: what comes in, how old it is when it takes effect, and each pool's backlog and workers.

import { element, heading, table, tell } from "./dom.js";
import { clock, count, duration, rate, whole } from "./format.js";
import * as live from "./live.js";
import { plot } from "./plot.js";

/** Values that a plot shows, out of an overview; `null` where it does not say. */
const RATE = (overview) => overview.accepted.perSecond;
const AGE = (overview) => overview.eventAge?.meanSeconds ?? null;
const BACKLOG = (overview) => total(overview.pools);

const ROWS = 24;

export function glance({ signal }) {
  const waiting = element("p", { class: "waiting" }, "Asking the workers\u2026");
  const notices = element("div", { class: "notices" });
  const writes = figure("Write rate", "per second", rate);
  const age = figure("Event age", "", duration);
  const backlog = figure("Backlog", "", whole);
  const pools = element("div", { class: "pools" });
  const history = lastMinutes();
  const shown = element("div", { hidden: true }, element("div", { class: "figures" }, writes.node, age.node, backlog.node), element("h2", {}, "Pools"), pools, history.node);
  let cards = new Map();

  live.watch(() => {
    const overview = live.latest;
    if (overview === null) return;
    waiting.hidden = true;
    shown.hidden = false;
    notice(notices, overview);
    const window = `mean of the last ${overview.windowSeconds} s`;
    writes.tell(rate(RATE(overview)), `${window}, ${overview.accepted.by}; ${whole(overview.accepted.total)} since it started`, RATE);
    const aged = overview.eventAge;
    if (aged) age.tell(duration(aged.meanSeconds), `from acceptance to effect, ${window}; oldest ${duration(aged.maxSeconds)}`, AGE);
    else age.tell("\u2013", `nothing took effect in the last ${overview.windowSeconds} s`, AGE);
    const waitingEvents = BACKLOG(overview);
    if (waitingEvents === null) backlog.tell("unknown", "some pool's backlog cannot be read; see below", BACKLOG);
    else backlog.tell(whole(waitingEvents), "events ready, or being worked on", BACKLOG);
    cards = arranged(pools, cards, overview);
    history.update();
  }, signal);

  return [heading("At a glance"), notices, waiting, shown];
}

/** A figure with its plot. */
function figure(name, unit, write) {
  const value = element("span", { class: "value" });
  const about = element("p", { class: "about" });
  const drawn = plot(name, write);
  const node = element(
    "section",
    { class: "figure card", "aria-label": name },
    element("h2", {}, name),
    element("p", { class: "now" }, value, unit && element("span", { class: "unit" }, unit)),
    drawn.node,
    about,
  );
  const tellFigure = (now, sentence, of) => {
    tell(value, now);
    node.classList.toggle("unknown", now === "unknown");
    tell(about, sentence);
    drawn.draw(series(of));
  };
  return { node, tell: tellFigure };
}

/** A card for each pool; those that stay are told anew, so that nothing loses the focus. */
function arranged(place, before, overview) {
  const cards = new Map(overview.pools.map((pool) => [pool.name, before.get(pool.name) ?? card(pool.name)]));
  for (const [name, { node }] of before) if (!cards.has(name)) node.remove();
  for (const { node } of cards.values()) if (!node.isConnected) place.append(node);
  for (const pool of overview.pools) cards.get(pool.name).update(pool);
  return cards;
}

function card(name) {
  const state = element("span", { class: "badge" });
  const workers = element("span", { class: "badge" });
  const value = element("span", { class: "value" });
  const why = element("p", { class: "about" });
  const flows = element("div");
  const mine = (overview) => overview.pools.find((pool) => pool.name === name);
  const backlogs = plot(`Backlog of pool ${name}`, whole);
  const sizes = plot(`Workers of pool ${name}`, whole);
  const node = element(
    "section",
    { class: "pool card", "aria-label": `Pool ${name}` },
    element("div", { class: "title" }, element("h3", {}, name), workers, state),
    element(
      "div",
      { class: "pair" },
      element("div", {}, element("p", { class: "now" }, value, element("span", { class: "unit" }, "backlog")), backlogs.node),
      element("div", {}, element("p", { class: "about" }, "workers"), sizes.node),
    ),
    why,
    flows,
  );
  let drawn = "";
  const update = (pool) => {
    const asleep = pool.processes === 0;
    const processes = pool.processes > 1 ? ` in ${count(pool.processes, "process", "processes")}` : "";
    tell(workers, asleep ? "no worker answers" : `${count(pool.workers, "worker")}${processes}`);
    tell(state, asleep ? "asleep, or away" : pool.paused ? "paused" : "running");
    state.dataset.state = asleep ? "asleep" : pool.paused ? "paused" : "running";
    const known = pool.backlog.known;
    tell(value, known === undefined ? "unknown" : whole(known));
    node.classList.toggle("unknown", known === undefined);
    tell(why, known === undefined ? pool.backlog.unknown : "");
    backlogs.draw(series((overview) => mine(overview)?.backlog.known ?? null));
    sizes.draw(series((overview) => (mine(overview)?.processes ? mine(overview).workers : null)));
    const now = JSON.stringify(pool.flows);
    if (now !== drawn) refill(flows, flowTable(name, pool.flows));
    drawn = now;
  };
  return { node, update };
}

function flowTable(pool, flows) {
  const columns = ["Flow", "Backlog", "Applied", "Rejected", "Dead-lettered", "Retried", "Age"];
  const rows = flows.map((flow) => {
    const settled = (outcome) => (flow.settled ? whole(flow.settled[outcome]) : "?");
    const age = flow.eventAge ? `${duration(flow.eventAge.meanSeconds)}, at most ${duration(flow.eventAge.maxSeconds)}` : "\u2013";
    const known = flow.backlog.known;
    const backlog = known === undefined ? element("span", { class: "not-known", title: flow.backlog.unknown }, "unknown") : whole(known);
    return [flow.name, backlog, settled("applied"), settled("rejected"), settled("deadLettered"), settled("retried"), age];
  });
  return table(`Flows of pool ${pool}, counted since each worker started`, columns.map((name, at) => ({ name, number: at > 0 })), rows);
}

/** Puts a table in the place of another, and keeps how far it was scrolled and whether it had the focus. */
function refill(place, fresh) {
  const old = place.firstElementChild;
  const [left, focused] = [old?.scrollLeft ?? 0, old !== null && old === document.activeElement];
  place.replaceChildren(fresh);
  fresh.scrollLeft = left;
  if (focused) fresh.focus({ preventScroll: true });
}

/** What every plot shows, as a table. */
function lastMinutes() {
  const place = element("div");
  const node = element("details", { class: "history", ontoggle: () => update() }, element("summary", {}, "The last two minutes in figures"), place);
  const update = () => {
    if (!node.open) return;
    const shown = live.samples.filter(({ at }) => at.getSeconds() % 5 === 0).slice(-ROWS).reverse();
    const value = (overview, of, write) => (overview === null || of(overview) === null ? "unknown" : write(of(overview)));
    const workers = (overview) => overview.pools.reduce((sum, pool) => sum + pool.workers, 0);
    const row = ({ at, overview }) => [clock(at), value(overview, RATE, rate), value(overview, AGE, duration), value(overview, BACKLOG, whole), value(overview, workers, whole)];
    const columns = ["Time", "Writes per second", "Mean event age", "Backlog", "Workers"];
    refill(place, table("The last two minutes, newest first", columns.map((name, at) => ({ name, number: at > 0 })), shown.map(row)));
  };
  return { node, update };
}

function series(of) {
  return live.samples.map(({ overview }) => (overview === null ? null : of(overview)));
}

/** The sum of all pools' backlogs; unknown where one is. */
function total(pools) {
  const known = pools.map((pool) => pool.backlog.known);
  return pools.length === 0 || known.includes(undefined) ? null : known.reduce((sum, events) => sum + events, 0);
}

/** What keeps the shop, or this account of it, from being whole. */
function notice(place, overview) {
  const { known, told } = overview.workers;
  const sentences = [
    ...overview.unavailable.map((what) => `The ${what} does not answer the workers: the flows that need it stand still until it does. Nothing that was accepted is lost.`),
    known === 0 && "No worker is known. Writes are accepted and wait; reads cannot be answered.",
    told < known && `${told} of ${count(known, "worker process", "worker processes")} told their figures; the pools lack those of the others.`,
    overview.untold.length > 0 && `No worker has told of ${overview.untold.join(", ")} yet: its pool sleeps, or cannot be reached.`,
  ].filter(Boolean);
  const now = sentences.join("\n");
  if (place.dataset.told === now) return;
  place.dataset.told = now;
  place.replaceChildren(...sentences.map((sentence) => element("p", { class: "notice" }, sentence)));
}
