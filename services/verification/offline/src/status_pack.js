// Status packs: all status lists of one node in one signed file. docs/formats/status-pack-v1.md
//
// A pack is a carrier: its lists are verified by themselves, its trust list is opened by itself.
// Refused: whatever the readers throw.

import { b64u, isAscii, require, utf8 } from "./bytes.js";
import { loads } from "./canonical.js";
import { URI } from "./credential.js";
import { DAY, SKEW } from "./instants.js";
import { NODE_NAME } from "./issuer_record.js";
import { parseCompact, verifyOnce } from "./jws.js";
import { Members } from "./members.js";
import { sm3 } from "./sm3.js";
import { listDigest } from "./trust_list.js";

export const FORMAT = "kexin/status-pack/v1";
export const MAX_SIZE = 32 * 1024 * 1024;

const TYP = "kexin-status-pack+jwt";
const MAX_LISTS = 4096;

/** A pack whose parts fit together; its statement is unverified. */
export function parsePack(bytes) {
  require(bytes.length <= MAX_SIZE, "pack");
  const read = new Members(loads(bytes));
  read.constant("format", FORMAT);
  const tokens = read.array("lists", 0, MAX_LISTS);
  const token = parseCompact(read.string("statement"));
  const trust = read.take("trust");
  read.end();
  require(trust === null || (typeof trust === "object" && !Array.isArray(trust)), "pack");
  require(token.typ === TYP, "pack");
  const stated = readStatement(token.payload, tokens, trust);
  return { token, kid: token.kid, trust, snapshots: new Map(), ...stated };
}

function readStatement(payload, tokens, trust) {
  const read = new Members(loads(payload));
  const pack = {
    issued: read.seconds("iat"),
    expires: read.seconds("exp"),
    node: read.match("node", NODE_NAME),
    lists: readLists(read, tokens),
  };
  const life = pack.expires - pack.issued;
  read.check(life > 0 && life <= DAY, "exp");
  require(read.take("trust") === (trust === null ? null : listDigest(trust)), "pack");
  read.end();
  return pack;
}

function readLists(read, tokens) {
  const stated = read.objects("lists", tokens.length, tokens.length);
  const lists = new Map();
  let last = "";
  stated.forEach((each, at) => {
    const [uri, text] = [each.match("uri", URI), tokens[at]];
    require(typeof text === "string" && isAscii(text), "pack");
    each.constant("sm3", b64u(sm3(utf8(text))));
    each.end();
    require(uri > last, "pack"); // both are ASCII
    lists.set(uri, text);
    last = uri;
  });
  return lists;
}

/** Refused unless `key` signed the statement and it does not come from the future. */
export function checkPack(pack, key, now) {
  require(now >= pack.issued - SKEW, "pack");
  verifyOnce(pack.token, key);
}
