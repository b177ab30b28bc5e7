// The syntax of PDF values (ISO 32000-1, 7.2 and 7.3), read from bytes.
//
// Names become Name, dictionaries Maps by name, references Ref, strings are only passed over
// (nothing here needs their contents) and become null; numbers, booleans, null, arrays are
// themselves. Refused: pdf.

import { require, toLatin1 } from "../bytes.js";

const MAX_DEPTH = 40;
const WHITE = [0, 9, 10, 12, 13, 32];
const DELIMITERS = toCodes("()<>[]{}/%");

function toCodes(text) {
  return [...text].map((character) => character.charCodeAt(0));
}

const isWhite = (byte) => WHITE.includes(byte);
const isRegular = (byte) => byte !== undefined && !isWhite(byte) && !DELIMITERS.includes(byte);

export class Name {
  constructor(text) {
    this.text = text;
  }
}

export class Ref {
  constructor(number, generation) {
    this.number = number;
    this.generation = generation;
  }
}

export class Parser {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  skipWhite() {
    for (;;) {
      while (isWhite(this.bytes[this.at])) this.at += 1;
      if (this.bytes[this.at] !== 0x25) return;
      while (this.at < this.bytes.length && ![10, 13].includes(this.bytes[this.at])) this.at += 1;
    }
  }

  /** The next run of regular characters, such as a number or a keyword. */
  word() {
    this.skipWhite();
    const start = this.at;
    while (isRegular(this.bytes[this.at])) this.at += 1;
    return toLatin1(this.bytes.subarray(start, this.at));
  }

  /** Whether this keyword comes next; it is taken if so. */
  takes(keyword) {
    const before = this.at;
    if (this.word() === keyword) return true;
    this.at = before;
    return false;
  }

  integer() {
    const text = this.word();
    require(/^[0-9]{1,15}$/.test(text), "pdf");
    return Number(text);
  }

  value(depth = MAX_DEPTH) {
    require(depth > 0, "pdf");
    this.skipWhite();
    const [first, second] = this.bytes.subarray(this.at, this.at + 2);
    if (first === 0x2f) return this.name();
    if (first === 0x28) return this.literalString();
    if (first === 0x3c) return second === 0x3c ? this.dictionary(depth) : this.hexString();
    if (first === 0x5b) return this.array(depth);
    return this.scalar();
  }

  scalar() {
    const text = this.word();
    if (text === "true" || text === "false") return text === "true";
    if (text === "null") return null;
    require(/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text), "pdf");
    return /^[0-9]+$/.test(text) ? this.reference(Number(text)) : Number(text);
  }

  /** An integer may turn out to begin a reference `n g R`. */
  reference(number) {
    const before = this.at;
    const generation = this.word();
    if (/^[0-9]{1,5}$/.test(generation) && this.takes("R")) {
      return new Ref(number, Number(generation));
    }
    this.at = before;
    return number;
  }

  name() {
    this.at += 1;
    const start = this.at;
    while (isRegular(this.bytes[this.at])) this.at += 1;
    const text = toLatin1(this.bytes.subarray(start, this.at));
    return new Name(
      text.replace(/#([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
    );
  }

  literalString() {
    let open = 0;
    do {
      const byte = this.bytes[this.at];
      require(byte !== undefined, "pdf");
      if (byte === 0x5c) this.at += 1;
      if (byte === 0x28) open += 1;
      if (byte === 0x29) open -= 1;
      this.at += 1;
    } while (open > 0);
    return null;
  }

  hexString() {
    const end = this.bytes.indexOf(0x3e, this.at);
    require(end > 0, "pdf");
    this.at = end + 1;
    return null;
  }

  array(depth) {
    this.at += 1;
    const items = [];
    for (;;) {
      this.skipWhite();
      if (this.bytes[this.at] === 0x5d) break;
      items.push(this.value(depth - 1));
    }
    this.at += 1;
    return items;
  }

  dictionary(depth) {
    this.at += 2;
    const members = new Map();
    for (;;) {
      this.skipWhite();
      if (this.bytes[this.at] === 0x3e) break;
      const name = this.value(depth - 1);
      require(name instanceof Name, "pdf");
      members.set(name.text, this.value(depth - 1));
    }
    require(this.bytes[this.at + 1] === 0x3e, "pdf");
    this.at += 2;
    return members;
  }
}
