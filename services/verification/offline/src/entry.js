// An entry: what a log keeps of one signed thing. docs/formats/entry-v1.md
//
// Refused: entry.

import { require, unb64u } from "./bytes.js";
import { dumps } from "./canonical.js";
import { readInstant } from "./instants.js";
import { hasExactly } from "./jws.js";
import { matches } from "./members.js";

const PLAIN = "digest,format,issuer,kind,time";
const APPROVED = `approval,${PLAIN}`;
const WITH_APPROVAL = ["credential", "status", "approval"];
const WITHOUT_APPROVAL = ["record", "key", "close"];

export function parseEntry(members) {
  const approved = hasExactly(members, APPROVED);
  require(approved || hasExactly(members, PLAIN), "entry");
  require(
    Object.values(members).every((value) => typeof value === "string"),
    "entry",
  );
  const { format, kind, issuer, time, digest, approval } = members;
  require(format === "kexin/entry/v1", "entry");
  require((approved ? WITH_APPROVAL : WITHOUT_APPROVAL).includes(kind), "entry");
  require(matches(issuer, "[A-Za-z0-9_]{1,64}"), "entry");
  require(!approved || unb64u(approval).length === 32, "entry");
  const read = { kind, issuer, time: readInstant(time), digest: unb64u(digest) };
  require(read.digest.length === 32, "entry");
  return { ...read, bytes: dumps(members) };
}
