// A PDF's objects by their numbers, as the cross-reference tables and streams list them
// (ISO 32000-1, 7.5). Bounded: so many objects, so much unpacked, two filters, Flate alone.
//
// What this reader does not understand is not repaired. Refused: pdf.

import { require, utf8 } from "../bytes.js";
import { inflate } from "../inflate.js";
import { places } from "./file_signature.js";
import { Name, Parser, Ref } from "./syntax.js";

const INFLATED = 32 * 1024 * 1024;
const MAX_OBJECTS = 50_000;
const MAX_SECTIONS = 64;

/** A stream: its dictionary and the bytes as they stand in the file. */
export class Stream {
  constructor(members, raw) {
    this.members = members;
    this.raw = raw;
  }
}

export class PdfDocument {
  constructor(bytes) {
    this.bytes = bytes;
    this.entries = new Map();
    this.packed = new Map();
  }

  static async open(bytes) {
    const document = new PdfDocument(bytes);
    const [last] = places(bytes, utf8("startxref")).slice(-1);
    require(last !== undefined, "pdf");
    const parser = new Parser(bytes, last);
    parser.word();
    await document.readSections(parser.integer());
    require(document.entries.size <= MAX_OBJECTS, "pdf");
    return document;
  }

  async readSections(first) {
    const [waiting, seen] = [[first], new Set()];
    while (waiting.length) {
      const at = waiting.shift();
      if (seen.has(at)) continue;
      seen.add(at);
      require(seen.size <= MAX_SECTIONS && at < this.bytes.length, "pdf");
      const parser = new Parser(this.bytes, at);
      const trailer = parser.takes("xref") ? this.readTable(parser) : await this.readStream(at);
      require(!trailer.has("Encrypt"), "pdf");
      for (const name of ["XRefStm", "Prev"]) {
        if (trailer.has(name)) waiting.push(trailer.get(name));
      }
    }
  }

  /** The newest section that lists an object counts; it is read first. */
  list(number, entry) {
    if (!this.entries.has(number)) this.entries.set(number, entry);
  }

  readTable(parser) {
    while (!parser.takes("trailer")) {
      const [start, count] = [parser.integer(), parser.integer()];
      require(count <= MAX_OBJECTS, "pdf");
      for (let at = 0; at < count; at += 1) {
        const [offset, generation, kind] = [parser.integer(), parser.integer(), parser.word()];
        require(kind === "n" || kind === "f", "pdf");
        this.list(start + at, kind === "n" ? { offset, generation } : null);
      }
    }
    const trailer = parser.value();
    require(trailer instanceof Map, "pdf");
    return trailer;
  }

  async readStream(at) {
    const stream = await this.indirect(new Parser(this.bytes, at));
    require(stream instanceof Stream, "pdf");
    const { members } = stream;
    const widths = members.get("W");
    const isTable = Array.isArray(widths) && widths.length === 3 && widths.every(isSmall);
    require(isTable, "pdf");
    const rows = rowsOf(await this.decode(stream), widths);
    const sections = members.get("Index") ?? [0, members.get("Size")];
    require(Array.isArray(sections) && sections.every(Number.isInteger), "pdf");
    for (let part = 0; part < sections.length; part += 2) {
      for (let each = 0; each < sections[part + 1]; each += 1) {
        const row = rows.next();
        require(!row.done && this.entries.size <= MAX_OBJECTS, "pdf");
        this.list(sections[part] + each, entryOf(row.value));
      }
    }
    return members;
  }

  /** `n g obj … endobj` at the parser's place. */
  async indirect(parser) {
    parser.integer();
    parser.integer();
    require(parser.word() === "obj", "pdf");
    const value = parser.value();
    if (!parser.takes("stream")) return value;
    require(value instanceof Map, "pdf");
    const length = await this.resolve(value.get("Length"));
    if (this.bytes[parser.at] === 13) parser.at += 1;
    require(this.bytes[parser.at] === 10 && Number.isInteger(length), "pdf");
    const start = parser.at + 1;
    parser.at = start + length;
    require(parser.word() === "endstream", "pdf");
    return new Stream(value, this.bytes.subarray(start, start + length));
  }

  async object(number, depth = 8) {
    require(depth > 0, "pdf");
    const entry = this.entries.get(number) ?? null;
    if (entry === null) return null;
    if (entry.inside === undefined) return this.indirect(new Parser(this.bytes, entry.offset));
    return (await this.packedObjects(entry.inside)).get(number) ?? null;
  }

  async resolve(value, depth = 8) {
    return value instanceof Ref ? this.object(value.number, depth - 1) : (value ?? null);
  }

  /** The objects of an object stream, by number. */
  async packedObjects(number) {
    if (!this.packed.has(number)) this.packed.set(number, await this.unpack(number));
    return this.packed.get(number);
  }

  async unpack(number) {
    require(this.entries.get(number)?.inside === undefined, "pdf");
    const stream = await this.object(number);
    require(stream instanceof Stream, "pdf");
    const [bytes, count] = [await this.decode(stream), stream.members.get("N")];
    const first = stream.members.get("First");
    require(Number.isInteger(first) && count <= MAX_OBJECTS, "pdf");
    const head = new Parser(bytes);
    const objects = new Map();
    for (let at = 0; at < count; at += 1) {
      const [each, offset] = [head.integer(), head.integer()];
      objects.set(each, new Parser(bytes, first + offset).value());
    }
    return objects;
  }

  /** The contents of a stream, unpacked. */
  async decode({ members, raw }) {
    const filters = listOf(await this.resolve(members.get("Filter")));
    const settings = listOf(await this.resolve(members.get("DecodeParms")));
    require(filters.length <= 2, "pdf");
    let bytes = raw;
    for (const [at, filter] of filters.entries()) {
      require(filter instanceof Name && filter.text === "FlateDecode", "pdf");
      bytes = unpredict(await inflate(bytes, INFLATED), await this.resolve(settings[at]));
    }
    return bytes;
  }
}

function listOf(value) {
  if (value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function isSmall(width) {
  return Number.isInteger(width) && width >= 0 && width <= 7;
}

function* rowsOf(bytes, widths) {
  for (let at = 0; at < bytes.length; ) {
    yield widths.map((width, field) => {
      if (width === 0) return field === 0 ? 1 : 0;
      const digits = bytes.subarray(at, at + width);
      at += width;
      return digits.reduce((sum, byte) => sum * 256 + byte, 0);
    });
  }
}

function entryOf([kind, second, third]) {
  if (kind === 1) return { offset: second, generation: third };
  return kind === 2 ? { inside: second, index: third } : null;
}

/** Undo a PNG predictor (PNG 9.2), the only kind in use for tables of references. */
function unpredict(bytes, settings) {
  const predictor = settings instanceof Map ? (settings.get("Predictor") ?? 1) : 1;
  if (predictor === 1) return bytes;
  const columns = settings.get("Columns") ?? 1;
  const isPlain = !settings.has("Colors") && !settings.has("BitsPerComponent");
  require(predictor >= 10 && columns > 0 && columns < 4096 && isPlain, "pdf");
  const rows = Math.floor(bytes.length / (columns + 1));
  const out = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const filter = bytes[row * (columns + 1)];
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      const left = column ? out[at - 1] : 0;
      const above = row ? out[at - columns] : 0;
      const corner = row && column ? out[at - columns - 1] : 0;
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      require(guess !== undefined, "pdf");
      out[at] = bytes[row * (columns + 1) + 1 + column] + guess;
    }
  }
  return out;
}

function paeth(left, above, corner) {
  const guess = left + above - corner;
  const [a, b, c] = [left, above, corner].map((each) => Math.abs(guess - each));
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}
