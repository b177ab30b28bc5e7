// What one check found: its reason, what the reason rests on, and when.
//
// Params are facts for the texts: texts and numbers as they are, and instants, names in both
// languages and words of the catalogue in the shapes made here.

import { Refused } from "./bytes.js";
import { REASONS } from "./reasons.js";

export function found(check, reason, { evidence = null, at = null, params = {}, notes = [] } = {}) {
  const result = REASONS[check].get(reason);
  if (result === undefined) throw new Error(`${check} has no reason ${reason}`);
  return { check, reason, result, evidence, at, params, notes };
}

/** The finding of a check that another one left without ground. */
export function notReached(check, because) {
  return found(check, "not_reached", { params: { because: term(`check.${because}`) } });
}

export const instant = (seconds) => ({ instant: seconds });
export const names = (zh, en) => ({ names: { zh, en } });
export const term = (code) => ({ term: code });

/** A part does not show what it should; `code` is a reason of the check. */
export class Unproven extends Error {
  constructor(code, params = {}) {
    super(code);
    this.code = code;
    this.params = params;
  }
}

export function prove(holds, code, params) {
  if (!holds) throw new Unproven(code, params);
}

/** Run a reader or a verification; what it refuses is not shown to be so. */
export function proven(act, code) {
  try {
    return act();
  } catch (error) {
    if (error instanceof Refused) throw new Unproven(code);
    throw error;
  }
}
