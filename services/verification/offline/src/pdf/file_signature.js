// The node's signature over a whole PDF, found by its bytes alone.
// docs/formats/document-signature-v1.md
//
// One signature in the file, and it covers every byte but its own. Not proven: unsigned,
// signatures (count), form, not_whole: reasons of the check `document`.

import { toLatin1, utf8 } from "../bytes.js";
import { prove, proven } from "../finding.js";
import { sm3 } from "../sm3.js";
import { readMessage } from "./cms.js";

const RANGE = utf8("/ByteRange");
const DIGITS = 4096;
const NUMBER = "([1-9][0-9]{0,9})";
const PLACE = new RegExp(
  `^/ByteRange\\[0 ${NUMBER} ${NUMBER} ${NUMBER}\\] {1,40}/Contents<([0-9a-f]{${DIGITS}})>`,
);
const LONGEST = DIGITS + 120;

/** Where a word begins in bytes, every time. */
export function places(bytes, word) {
  const found = [];
  let at = bytes.indexOf(word[0]);
  while (at >= 0) {
    if (word.every((byte, offset) => bytes[at + offset] === byte)) found.push(at);
    at = bytes.indexOf(word[0], at + 1);
  }
  return found;
}

/** {signed, digest}: what the signature says, and SM3 of every byte outside it. */
export function readSignature(bytes) {
  const ranges = places(bytes, RANGE);
  prove(ranges.length > 0, "unsigned");
  prove(ranges.length === 1, "signatures", { count: ranges.length });
  const [begin] = ranges;
  const found = PLACE.exec(toLatin1(bytes.subarray(begin, begin + LONGEST)));
  prove(found !== null, "form");
  const [start, after, rest] = found.slice(1, 4).map(Number);
  const end = begin + found[0].length;
  const isWhole = start === end - DIGITS - 2 && after === end && after + rest === bytes.length;
  prove(isWhole, "not_whole");
  const message = messageOf(found[4]);
  return {
    signed: proven(() => readMessage(message), "form"),
    digest: sm3(bytes.subarray(0, start), bytes.subarray(after)),
  };
}

function fromHex(digits) {
  return Uint8Array.from(digits.match(/../g), (pair) => parseInt(pair, 16));
}

/** The message, after which there may be nothing but zeros. */
function messageOf(digits) {
  const size = 2 * (4 + parseInt(digits.slice(4, 8), 16));
  prove(digits.startsWith("3082") && /^0*$/.test(digits.slice(size)), "form");
  return fromHex(digits.slice(0, size));
}
