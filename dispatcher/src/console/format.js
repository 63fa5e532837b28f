// How values are written for people.

/** A whole number with its thousands apart; of any size. */
export function whole(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Minor units (cents) as an amount: 125000 is 1 250.00. */
export function money(minor) {
  const text = String(minor);
  const digits = text.replace("-", "").padStart(3, "0");
  const sign = text.startsWith("-") ? "\u2212" : "";
  return `${sign}${whole(digits.slice(0, -2))}.${digits.slice(-2)}`;
}

/** A rate or a count that may have a fraction. */
export function rate(number) {
  if (number >= 100 || Number.isInteger(number)) return whole(Math.round(number));
  return number.toFixed(1);
}

/** Seconds as a short duration: `4 ms`, `1.2 s`, `3 min`, `2 h`. */
export function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 100) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** So many of something. */
export function count(number, one, many = `${one}s`) {
  return `${whole(number)} ${number === 1 ? one : many}`;
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** An RFC 3339 instant, in the reader's own time. */
export function moment(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : MOMENT.format(date);
}

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** The time of day. */
export function clock(date) {
  return CLOCK.format(date);
}
