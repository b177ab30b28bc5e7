// A checkpoint: the signed head of a log's tree, as text (C2SP signed note).
// docs/formats/checkpoint-v1.md
//
// Refused: checkpoint when parsing; signer or signature (name) when verifying a line.

import { isAscending, join, Refused, require, same, unbase64, utf8 } from "./bytes.js";
import { readInstant } from "./instants.js";
import { NODE_NAME } from "./issuer_record.js";
import { matches } from "./members.js";
import { verify } from "./sm2.js";
import { sm3 } from "./sm3.js";

const MAX_NOTE = 4096;
const DASH = "\u2014 ";
const KEY_KIND = join(Uint8Array.of(0x0a, 0xfe), utf8("sm2"));
const ORIGIN = new RegExp(`^(${NODE_NAME})/log/([A-Za-z0-9_]{1,64})/(2[0-9]{3})$`);

/** An origin taken apart; null if it is none. */
export function splitOrigin(text) {
  const found = ORIGIN.exec(text);
  return found && { node: found[1], institution: found[2], year: Number(found[3]) };
}

/** The 4 bytes by which a signature line points to its key. */
export function keyHash(name, key) {
  return sm3(utf8(name), KEY_KIND, key.xy).subarray(0, 4);
}

export function parseCheckpoint(note) {
  require([...note].length <= MAX_NOTE && note.endsWith("\n"), "checkpoint");
  require(!note.includes("\r"), "checkpoint");
  const [origin, size, root, time, empty, ...lines] = note.slice(0, -1).split("\n");
  require(lines.length > 0 && empty === "", "checkpoint");
  const parts = splitOrigin(origin);
  require(parts !== null, "checkpoint");
  require(/^[1-9][0-9]{0,15}$/.test(size) && Number.isSafeInteger(Number(size)), "checkpoint");
  require(time.startsWith("time "), "checkpoint");
  const head = {
    note,
    origin,
    parts,
    size: Number(size),
    root: octets(root, 32),
    time: readInstant(time.slice(5)),
    body: utf8(`${origin}\n${size}\n${root}\n${time}\n`),
  };
  const [node, ...witnesses] = lines.map(readLine);
  const names = witnesses.map(({ name }) => name);
  require(node.name === parts.node && !names.includes(node.name), "checkpoint");
  require(isAscending(names), "checkpoint");
  return { ...head, node, witnesses };
}

function octets(text, size) {
  const bytes = unbase64(text);
  require(bytes.length === size, "checkpoint");
  return bytes;
}

function readLine(line) {
  require(line.startsWith(DASH), "checkpoint");
  const [name, encoded, ...more] = line.slice(DASH.length).split(" ");
  require(matches(name, NODE_NAME) && encoded !== undefined && !more.length, "checkpoint");
  const bytes = octets(encoded, 68);
  return { name, encoded, keyHash: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

const verified = new Set();

/** A checkpoint comes again with every file of a class: each line is checked once. */
export function verifyLine(checkpoint, line, key) {
  const name = `${checkpoint.note}${line.encoded}${key.kid}`;
  if (verified.has(name)) return;
  require(same(line.keyHash, keyHash(line.name, key)), "line");
  try {
    verify(key, checkpoint.body, line.signature);
  } catch (error) {
    if (error instanceof Refused) throw new Refused("line");
    throw error;
  }
  if (verified.size > 5000) verified.clear();
  verified.add(name);
}
