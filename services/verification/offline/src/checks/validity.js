// Checks `key_at_time`, `accreditation` and `dates`: what had to hold, at the instant that counts.
//
// Keys and rights are judged by the block time of the credential's anchor, dates by the instant
// that the verdict is for.

import { found, instant, notReached } from "../finding.js";
import { SKEW } from "../instants.js";
import { heldKey, isAccredited } from "../issuer_record.js";
import { holds } from "../members.js";
import { isCut } from "../trust_list.js";

export function checkKey(credential, issuer, anchored, { located, list }) {
  if (!issuer || !list) return notReached("key_at_time", "issuer");
  if (located && isCut(list, credential.kid, located.checkpoint.origin, located.index)) {
    return found("key_at_time", "cut_off");
  }
  if (!anchored) return found("key_at_time", "not_anchored");
  const { time, level } = anchored;
  const held = heldKey(issuer.record, credential.kid);
  const reason = held && holds(held.span, time) ? "in_force" : "not_in_force";
  const params = { time: instant(time) };
  return found("key_at_time", reason, { evidence: level, at: time, params });
}

export function checkAccreditation({ body }, issuer, anchored) {
  if (!issuer) return notReached("accreditation", "issuer");
  if (!anchored) return found("accreditation", "not_anchored");
  const { time, level: evidence } = anchored;
  const { type, level } = body;
  if (!issuer.node.types.includes(type)) {
    return found("accreditation", "beyond_node", { evidence, at: time, params: { type } });
  }
  const may = isAccredited(issuer.record, type, level, time);
  const told = { evidence, at: time, params: { type, level } };
  return found("accreditation", may ? "accredited" : "not_accredited", told);
}

export function checkDates({ body: { issued, expires } }, at) {
  const params = { issued: instant(issued) };
  if (issued > at + SKEW) return found("dates", "not_yet", { at: issued, params });
  if (expires !== null && at >= expires) {
    return found("dates", "expired", { at: expires, params: { expired: instant(expires) } });
  }
  return found("dates", "within", { at: issued, params });
}
