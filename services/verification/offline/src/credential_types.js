// The credential types: which claims each may carry, how they are written, what must be shown.
// docs/formats/credential-v1.md

import { CATEGORY_NAMES } from "./codes.js";
import { isDay } from "./instants.js";
import { isPlain } from "./members.js";

export const LEVELS = ["school", "county", "city", "provincial", "national", "international"];
export const NOTICE_SENTENCE = "不作为中小学招生入学依据";

const RANKS = ["special", "first", "second", "third", "merit", "none"];
const text = (most) => (value) => isPlain(value, most);

const HONOUR = {
  // In the one order in which a credential may disclose them.
  disclosable: {
    name: text(100),
    award: text(120),
    award_date: isDay,
    rank: (value) => RANKS.includes(value),
    period: text(40),
    programme: text(120),
    class: text(80),
    student_no: text(40),
    subject: text(80),
    statement: text(300),
  },
  minimum: ["name", "award", "award_date"],
  digests: 16,
  categories: CATEGORY_NAMES,
  contests: ["discipline_contest"],
  levels: LEVELS,
};

export const TYPES = new Map([["honour/1", HONOUR]]);

/** The type of test certificates. It has no rules: no verifier can find one valid. */
export const TEST = "test/1";
