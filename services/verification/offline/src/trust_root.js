// The trust root: the operators' keys that sign trust lists. docs/formats/trust-root-v1.md
//
// It comes with this page and from nowhere else. Refused: whatever the readers throw.

import { b64u, isAscending, require } from "./bytes.js";
import { loads } from "./canonical.js";
import { Members } from "./members.js";
import { fromJwk } from "./sm2.js";
import { sm3 } from "./sm3.js";

export function parseRoot(bytes) {
  const read = new Members(loads(bytes));
  read.constant("format", "kexin/trust-root/v1");
  const jwks = read.array("keys", 2, 16);
  const root = {
    name: read.text("name", 120),
    issued: read.instant("issued"),
    threshold: read.integer("threshold", 2, jwks.length),
    keys: new Map(),
    fingerprint: b64u(sm3(bytes)),
  };
  read.end();
  const keys = jwks.map(fromJwk);
  require(isAscending(keys.map(({ kid }) => kid)), "root");
  keys.forEach((key) => root.keys.set(key.kid, key));
  return root;
}
