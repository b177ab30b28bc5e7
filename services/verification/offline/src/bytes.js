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

function fromBase64(text) {
  const latin1 = atob(text);
  const bytes = new Uint8Array(latin1.length);
  for (let at = 0; at < latin1.length; at += 1) bytes[at] = latin1.charCodeAt(at);
  return bytes;
}

export function base64(bytes) {
  return btoa(toLatin1(bytes));
}

// The last symbol of an incomplete group of four, which leaves no bit over.
const LAST = { 2: "AQgw", 3: "AEIMQUYcgkosw048" };

export function unb64u(text) {
  const rest = text.length % 4;
  const isWhole = rest === 0 || LAST[rest]?.includes(text.slice(-1));
  require(isWhole && /^[A-Za-z0-9_-]*$/.test(text), "base64url");
  return fromBase64(text.replace(/-/g, "+").replace(/_/g, "/"));
}

export function b64u(bytes) {
  return base64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

export function unbase64(text) {
  const isStandard = /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0;
  require(isStandard, "base64");
  const bytes = fromBase64(text);
  require(base64(bytes) === text, "base64");
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
