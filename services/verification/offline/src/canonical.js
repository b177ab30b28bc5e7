// Canonical JSON (RFC 8785), narrowed as in our formats: no fractions, integers within
// +-(2^53 - 1), at most 64 levels, no lone surrogates. Only the one spelling of a value is read.
//
// Refused: json.

import { fromUtf8, require, Refused, utf8 } from "./bytes.js";

const MAX_DEPTH = 64;

function write(value, levels) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return writeText(value);
  if (typeof value === "number") {
    require(Number.isSafeInteger(value) && !Object.is(value, -0), "json");
    return String(value);
  }
  require(typeof value === "object" && levels > 0, "json");
  if (Array.isArray(value)) return `[${value.map((item) => write(item, levels - 1)).join(",")}]`;
  // Array.prototype.sort orders texts by UTF-16 units, as RFC 8785 wants.
  const names = Object.keys(value).sort();
  const members = names.map((name) => `${writeText(name)}:${write(value[name], levels - 1)}`);
  return `{${members.join(",")}}`;
}

function writeText(text) {
  require(!/[\uD800-\uDFFF]/u.test(text), "json");
  return JSON.stringify(text);
}

/** The canonical bytes of a value. */
export function dumps(value) {
  return utf8(write(value, MAX_DEPTH));
}

/** The value of canonical bytes. A member named twice, a space, another spelling: refused. */
export function loads(bytes) {
  const text = fromUtf8(bytes);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refused("json");
  }
  require(write(value, MAX_DEPTH) === text, "json");
  return value;
}
