// Instants are whole seconds since 1970 in here; in documents RFC 3339 in UTC, to the second.
//
// Refused: instant, day.

import { require } from "./bytes.js";

export const LATEST = 253402300799; // 9999-12-31T23:59:59Z
export const SKEW = 60; // seconds that clocks may differ
export const DAY = 86400;

const FORM = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z$/;
const EIGHT_HOURS = 8 * 3600;

export function writeInstant(seconds) {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** The instant of its one spelling; the calendar starts with the year 1. */
export function readInstant(text) {
  require(FORM.test(text) && !text.startsWith("0000"), "instant");
  const milliseconds = Date.parse(text);
  require(!Number.isNaN(milliseconds) && writeInstant(milliseconds / 1000) === text, "instant");
  return milliseconds / 1000;
}

export function isDay(text) {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) || text.startsWith("0000")) return false;
  const milliseconds = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(text);
}

/** The year on the wall in Asia/Shanghai, UTC+8 all year since 1992. */
export function shanghaiYear(seconds) {
  return new Date((seconds + EIGHT_HOURS) * 1000).getUTCFullYear();
}

/** Beijing time to the minute; past the calendar's end, its last minute. */
export function writeBeijing(seconds) {
  const local = Math.min(seconds, LATEST - EIGHT_HOURS) + EIGHT_HOURS;
  return writeInstant(local).slice(0, 16).replace("T", " ");
}
