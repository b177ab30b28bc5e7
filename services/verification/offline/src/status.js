// What became of a credential: lists of two bits each, and signed words about one credential.
// docs/formats/status-v1.md
//
// Refused: whatever the readers throw; status_signature.

import { Refused, require, unb64u } from "./bytes.js";
import { loads } from "./canonical.js";
import { isNumber } from "./codes.js";
import { MAX_INDEX, URI } from "./credential.js";
import { inflate } from "./inflate.js";
import { DAY } from "./instants.js";
import { parseCompact, verifyCompact } from "./jws.js";
import { Members } from "./members.js";

export const STATUSES = ["valid", "revoked", "suspended", "superseded"];

const ASSERTION_TYP = "kexin-status+jwt";
const LIST_TYP = "statuslist+jwt";
const MAX_BYTES = (MAX_INDEX + 1) / 4;

function readLife(read) {
  const life = { issued: read.seconds("iat"), expires: read.seconds("exp") };
  read.check(life.issued < life.expires && life.expires - life.issued <= DAY, "exp");
  return life;
}

/** An assertion token taken apart; its signature is unverified. */
export function openAssertion(text) {
  const token = parseCompact(text);
  require(token.typ === ASSERTION_TYP, "status");
  const read = new Members(loads(token.payload));
  const assertion = {
    token,
    kid: token.kid,
    ...readLife(read),
    uri: read.match("uri", URI),
    index: read.integer("idx", 0, MAX_INDEX),
    status: STATUSES[read.integer("status", 0, 3)],
    credential: read.octets("credential", 32),
    seq: read.integer("seq", 1),
    since: read.orAbsent("since", (name) => read.seconds(name)),
    reason: read.orAbsent("reason", (name) => read.match(name, "[a-z_]{1,40}")),
    successor: read.orAbsent("successor", (name) => read.code(name, isNumber)),
  };
  read.end();
  const changed = assertion.status !== "valid";
  require(changed === (assertion.since !== null), "status");
  require(changed || assertion.reason === null, "status");
  require((assertion.status === "superseded") === (assertion.successor !== null), "status");
  return assertion;
}

/** The list token published at `uri`, after checking that `key` signed it. */
export async function verifyList(token, key, uri) {
  require(token.typ === LIST_TYP, "status");
  verifyCompact(token, key);
  const read = new Members(loads(token.payload));
  require(read.match("sub", URI) === uri, "status");
  const life = readLife(read);
  read.integer("ttl", 1, DAY);
  const packed = read.object("status_list");
  packed.constant("bits", 2);
  const bytes = await inflate(unb64u(packed.string("lst")), MAX_BYTES);
  packed.end();
  require(bytes.length > 0, "status");
  read.integer("seq", 1);
  read.end();
  return { ...life, statusAt: (index) => statusAt(bytes, index) };
}

/** Four places to a byte, from the least significant bits. */
function statusAt(bytes, index) {
  if (index >= bytes.length * 4) throw new Refused("status");
  return STATUSES[(bytes[index >> 2] >> (2 * (index & 3))) & 3];
}
