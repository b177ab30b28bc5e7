// How a verdict looks to a person: its state, and the one sentence that says what to think.
//
// States: valid, as_of (true for an instant that has passed), undetermined, invalid, and of the
// invalid ones apart: not_ours and unreadable. The first check that did not pass decides the
// sentence; its texts are those of the pages of a node.

import { instant } from "../finding.js";

export const STATES = ["valid", "as_of", "undetermined", "invalid", "not_ours", "unreadable"];

const NOT_OURS = ["not_ours", "picture", "no_attachment"];
const UNREADABLE = ["unreadable", "too_large", "attachments"];

const FAILED = {
  "format.unreadable": "damaged",
  "format.test": "test",
  format: "not_ours",
  document: "page_altered",
  signature: "altered",
  disclosure: "altered",
  "dates.expired": "expired",
  dates: "not_yet",
  "status.revoked": "revoked",
  "status.suspended": "suspended",
  "status.superseded": "superseded",
  status: "status_wrong",
  issuer: "issuer",
  key_at_time: "issuer",
  accreditation: "issuer",
};
const OPEN = {
  "issuer.record_not_anchored": "waiting",
  "key_at_time.not_anchored": "waiting",
  "accreditation.not_anchored": "waiting",
  "anchor.not_anchored": "waiting",
  disclosure: "hidden",
  status: "status_unknown",
};

export function stateOf(verdict) {
  if (verdict.state === "status_as_of") return "as_of";
  if (verdict.result === "valid") return verdict.current ? "valid" : "as_of";
  const { reason } = verdict.finding("format");
  if (NOT_OURS.includes(reason)) return "not_ours";
  return UNREADABLE.includes(reason) ? "unreadable" : verdict.result;
}

/** The check that decides the sentence: the first failure, else the first unknown, else null. */
export function decisive(verdict) {
  const first = (result) => verdict.findings.find((each) => each.result === result);
  return first("fail") ?? first("unknown") ?? null;
}

export function sentence(verdict, words) {
  const first = decisive(verdict);
  const time = instant(first?.at ?? verdict.asOf);
  const say = (code) => words.say(`headline.${code}`, { ...first?.params, time });
  if (first === null) return say(verdict.current ? "valid" : "as_of");
  if (verdict.state === "status_as_of") return say("as_of");
  const { check, reason, result } = first;
  if (result === "fail") return say(FAILED[`${check}.${reason}`] ?? FAILED[check] ?? "proof");
  if (verdict.finding("format").reason === "credential_only") return say("bare");
  return say(OPEN[`${check}.${reason}`] ?? OPEN[check] ?? "unknown");
}
