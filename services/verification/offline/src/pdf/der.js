// DER (X.690 section 10), as much as signed PDFs need: elements out of contents, and contents out
// of elements. What is read is always written anew and compared, so reading may be simple.
//
// Refused: der.

import { join, require, utf8 } from "../bytes.js";
import { writeInstant } from "../instants.js";

export const TAG = {
  boolean: 0x01, integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, utf8: 0x0c,
  utcTime: 0x17, generalTime: 0x18, sequence: 0x30, set: 0x31,
};

export function element(tag, ...contents) {
  const body = join(...contents);
  if (body.length < 0x80) return join(Uint8Array.of(tag, body.length), body);
  const size = [];
  for (let rest = body.length; rest; rest >>= 8) size.unshift(rest & 0xff);
  return join(Uint8Array.of(tag, 0x80 | size.length, ...size), body);
}

export const sequence = (...contents) => element(TAG.sequence, ...contents);
export const set = (...contents) => element(TAG.set, ...contents);
export const octets = (bytes) => element(TAG.octets, bytes);

/** A non-negative INTEGER of big-endian bytes, in its shortest form. */
export function integer(bytes) {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return element(TAG.integer, digits[0] & 0x80 ? Uint8Array.of(0) : Uint8Array.of(), digits);
}

export function oid(dotted) {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  const body = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let more = arc >>> 7; more; more >>>= 7) groups.unshift(0x80 | (more & 0x7f));
    body.push(...groups);
  }
  return element(TAG.oid, Uint8Array.from(body));
}

/** An instant of this century: UTCTime to the end of 2049, then GeneralizedTime. */
export function time(seconds) {
  const text = writeInstant(seconds).replace(/[-:T]/g, "");
  const isShort = text < "2050";
  return element(isShort ? TAG.utcTime : TAG.generalTime, utf8(isShort ? text.slice(2) : text));
}

/** Takes elements off the front of bytes, one after the other. */
export class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(tag) {
    require(this.bytes[this.at] === tag, "der");
    let size = this.bytes[this.at + 1];
    let start = this.at + 2;
    if (size >= 0x80) {
      const count = size & 0x7f;
      require(count >= 1 && count <= 3, "der");
      size = this.bytes.subarray(start, start + count).reduce((sum, byte) => sum * 256 + byte, 0);
      start += count;
    }
    require(start + size <= this.bytes.length, "der");
    this.at = start + size;
    return this.bytes.subarray(start, this.at);
  }

  inside(tag) {
    return new Reader(this.take(tag));
  }

  skip(...tags) {
    tags.forEach((tag) => this.take(tag));
    return this;
  }

  /** An instant in either of its forms. */
  time() {
    const isShort = this.bytes[this.at] === TAG.utcTime;
    const body = this.take(isShort ? TAG.utcTime : TAG.generalTime);
    const text = (isShort ? "20" : "") + String.fromCharCode(...body);
    const found = /^(20[0-9]{2})(..)(..)(..)(..)(..)Z$/.exec(text);
    require(found !== null, "der");
    const [, year, month, day, hour, minute, second] = found;
    const seconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
    require(Number.isInteger(seconds), "der");
    return seconds;
  }
}
