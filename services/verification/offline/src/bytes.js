// Bytes, and the texts that stand for them: each text has one reading, each value one text.
//
// base64url without padding and base64 with padding (RFC 4648); nothing but what we would write
// ourselves is read. Refused is what every reader of this folder throws for what it cannot take.

export class Refused extends Error {
  constructor(code, params = {}) {
    super(code);
    this.code = code;
    this.params = params;
  }
}

export function require(holds, code, params) {
  if (!holds) throw new Refused(code, params);
}

const utf8Out = new TextEncoder();
const utf8In = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function utf8(text) {
  return utf8Out.encode(text);
}

/** The text of UTF-8 bytes; a byte order mark stays a character. */
export function fromUtf8(bytes) {
  try {
    return utf8In.decode(bytes);
  } catch {
    throw new Refused("utf8");
  }
}

export function isAscii(text) {
  return /^[\x00-\x7f]*$/.test(text);
}

export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function same(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

export function startsWith(bytes, prefix) {
  return bytes.length >= prefix.length && prefix.every((byte, at) => byte === bytes[at]);
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes as characters U+0000 to U+00FF, one for one. */
export function toLatin1(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

function fromLatin1(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function base64(bytes) {
  return btoa(toLatin1(bytes));
}

export function unbase64(text) {
  let bytes;
  try {
    bytes = fromLatin1(atob(text));
  } catch {
    throw new Refused("base64");
  }
  require(base64(bytes) === text, "base64");
  return bytes;
}

export function b64u(bytes) {
  return base64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

export function unb64u(text) {
  require(/^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1, "base64url");
  const bytes = fromLatin1(atob(text.replace(/-/g, "+").replace(/_/g, "/")));
  require(b64u(bytes) === text, "base64url");
  return bytes;
}

/** Order by code points, as UTF-8 bytes sort; `<` would order by UTF-16 units. */
export function compareTexts(left, right) {
  const [a, b] = [utf8(left), utf8(right)];
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    if (a[at] !== b[at]) return a[at] - b[at];
  }
  return a.length - b.length;
}

export function isAscending(texts) {
  return texts.every((text, at) => at === 0 || compareTexts(texts[at - 1], text) < 0);
}
