// Numbers that name schools, institutions and certificates: what is well-formed.
//
// Check characters: GB 32100-2015, 5.4 (MOD 31 over 31 symbols). Codes of schools have none.

import { matches } from "./members.js";

const ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const PROVINCES = new Set(
  [[11, 15], [21, 23], [31, 37], [41, 46], [50, 54], [61, 65]]
    .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at))
    .concat([71, 81, 82])
    .map(String),
);
const SCHOOL_KINDS = "11|21|22|3[1-7]|41|42|51|9[1-3]";
const CATEGORIES = {
  H: "comprehensive",
  D: "discipline_contest",
  A: "arts_sports",
  K: "science",
  L: "labour_practice",
  M: "moral",
  X: "other",
};

export const CATEGORY_NAMES = Object.values(CATEGORIES);

function hasCheckCharacter(text) {
  let [sum, weight] = [0, 1];
  for (const symbol of text.slice(0, -1)) {
    sum += ALPHABET.indexOf(symbol) * weight;
    weight = (weight * 3) % 31;
  }
  return ALPHABET[(31 - (sum % 31)) % 31] === text.slice(-1);
}

function isSymbols(text, length) {
  return matches(text, `[${ALPHABET}]{${length}}`) && hasCheckCharacter(text);
}

export function isInstitutionId(text) {
  const body = text.slice(5);
  return text.startsWith("inst_") && isSymbols(body, 18) && PROVINCES.has(body.slice(0, 2));
}

export function isUscc(text) {
  return isSymbols(text, 18) && matches(text.slice(2, 8), "[0-9]+");
}

export function isRegion(text) {
  return matches(text, "[0-9]{6}") && PROVINCES.has(text.slice(0, 2));
}

/** A school code, or 0000 and a region code: what certificate numbers start with. */
export function isNumberPrefix(text) {
  if (text.startsWith("0000")) return isRegion(text.slice(4));
  return matches(text, `(?:${SCHOOL_KINDS})[0-9]{8}`) && PROVINCES.has(text.slice(2, 4));
}

/** A certificate number taken apart; null if it is none. */
export function parseNumber(text) {
  if (!isSymbols(text, 22)) return null;
  const found = /^([0-9]{10})(2[0-9]{3})([HDAKLMX])([0-9]{6}).$/.exec(text);
  if (!found || !isNumberPrefix(found[1]) || found[4] === "000000") return null;
  return { prefix: found[1], year: Number(found[2]), category: CATEGORIES[found[3]] };
}

export function isNumber(text) {
  return parseNumber(text) !== null;
}
