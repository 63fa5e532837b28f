// Tells what happened: in passing, to everybody and to readers of the screen; or in place, where something is wrong.

import { element, tell } from "./dom.js";

const SHOWN_MS = 6_000;
let fading;

/** A sentence at the edge of the page, for a while. */
export function say(sentence) {
  const place = document.getElementById("say");
  tell(place, sentence);
  clearTimeout(fading);
  fading = setTimeout(() => tell(place, ""), SHOWN_MS);
}

/** A sentence for readers of the screen alone, of what others see. */
export function announce(sentence) {
  tell(document.getElementById("told"), sentence);
}

/** What is wrong, as a box that is read out when it appears. */
export function fault(problem, ...more) {
  const detail = problem.detail && problem.detail !== problem.title && element("p", {}, problem.detail);
  return element("div", { class: "fault", role: "alert" }, element("p", { class: "what" }, problem.title), detail, ...more);
}

/** Runs what fills a view, and shows in `place` what goes wrong. What a view that was left still does is nobody's concern. */
export async function shown(place, signal, work) {
  place.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    if (signal.aborted) return;
    place.replaceChildren(fault(error.title ? error : { title: "The console failed", detail: String(error) }));
  } finally {
    place.removeAttribute("aria-busy");
  }
}
