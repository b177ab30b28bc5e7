// Strict reading of one JSON object: each member is taken once, what is left over is refused.
//
//     const read = new Members(payload);
//     const seq = read.integer("seq", 1);
//     read.end();
//
// Refused: member.

import { compareTexts, Refused, unb64u } from "./bytes.js";
import { LATEST, readInstant } from "./instants.js";
import { fromJwk } from "./sm2.js";

const HIDDEN = /[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069]/u;
const SPACE =
  "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const OUTER_SPACE = new RegExp(`^${SPACE}|${SPACE}$`);

/** Whether people can read all of a text: 1 to `most` characters, no hidden commands. */
export function isPlain(text, most) {
  const length = [...text].length;
  return length > 0 && length <= most && !OUTER_SPACE.test(text) && !HIDDEN.test(text);
}

const compiled = new Map();

/** Whether a whole text matches a pattern. */
export function matches(text, pattern) {
  if (!compiled.has(pattern)) compiled.set(pattern, new RegExp(`^(?:${pattern})$`));
  return compiled.get(pattern).test(text);
}

function wrong(name) {
  throw new Refused("member", { member: name });
}

export class Members {
  constructor(value, name = "") {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isObject) wrong(name);
    this.left = new Map(Object.entries(value));
  }

  has(name) {
    return this.left.has(name);
  }

  take(name) {
    if (!this.left.has(name)) wrong(name);
    const value = this.left.get(name);
    this.left.delete(name);
    return value;
  }

  end() {
    if (this.left.size) wrong("");
  }

  check(holds, name) {
    if (!holds) wrong(name);
  }

  constant(name, value) {
    if (this.take(name) !== value) wrong(name);
  }

  string(name) {
    const value = this.take(name);
    if (typeof value !== "string") wrong(name);
    return value;
  }

  text(name, most) {
    const value = this.string(name);
    if (!isPlain(value, most)) wrong(name);
    return value;
  }

  match(name, pattern) {
    const value = this.string(name);
    if (!matches(value, pattern)) wrong(name);
    return value;
  }

  oneOf(name, allowed) {
    const value = this.string(name);
    if (!allowed.includes(value)) wrong(name);
    return value;
  }

  integer(name, lowest, highest = Number.MAX_SAFE_INTEGER) {
    const value = this.take(name);
    if (typeof value !== "number" || value < lowest || value > highest) wrong(name);
    return value;
  }

  octets(name, size) {
    const bytes = unb64u(this.string(name));
    if (bytes.length !== size) wrong(name);
    return bytes;
  }

  instant(name) {
    return readInstant(this.string(name));
  }

  seconds(name) {
    return this.integer(name, 0, LATEST);
  }

  /** A code for which `holds` says that it is well-formed. */
  code(name, holds) {
    const value = this.string(name);
    if (!holds(value)) wrong(name);
    return value;
  }

  key(name) {
    return fromJwk(this.take(name));
  }

  object(name) {
    return new Members(this.take(name), name);
  }

  array(name, least, most) {
    const value = this.take(name);
    if (!Array.isArray(value) || value.length < least || value.length > most) wrong(name);
    return value;
  }

  objects(name, least, most) {
    return this.array(name, least, most).map((item) => new Members(item, name));
  }

  /** Different texts in ascending order, each matching the pattern. */
  texts(name, least, most, pattern) {
    const items = this.array(name, least, most);
    items.forEach((item, at) => {
      if (typeof item !== "string" || !matches(item, pattern)) wrong(name);
      if (at > 0 && compareTexts(items[at - 1], item) >= 0) wrong(name);
    });
    return items;
  }

  /** null for null, else what `read(name)` returns. */
  orNull(name, read) {
    if (this.left.get(name) !== null) return read(name);
    this.left.delete(name);
    return null;
  }

  /** null where the member is absent, else what `read(name)` returns. */
  orAbsent(name, read) {
    return this.left.has(name) ? read(name) : null;
  }
}

/** The members `from` and `to` of a span; `to` is later, or null: until further notice. */
export function readSpan(read) {
  const start = read.instant("from");
  const end = read.orNull("to", (name) => read.instant(name));
  read.check(end === null || end > start, "to");
  return { start, end };
}

export function holds(span, at) {
  return span.start <= at && (span.end === null || at < span.end);
}

/** A key with its use and span; `kid` is written out and must be the key's own. */
export function readKey(read, uses) {
  const key = read.key("jwk");
  read.constant("kid", key.kid);
  const use = read.oneOf("use", uses);
  const span = readSpan(read);
  read.end();
  return { key, use, span };
}

