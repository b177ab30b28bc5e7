// Issuer records: what two registrars of a node sign about one institution.
// docs/formats/issuer-record-v1.md
//
// Refused: whatever the readers below throw; the form of a record is right or not.

import { require } from "./bytes.js";
import { isInstitutionId, isNumberPrefix, isRegion, isUscc } from "./codes.js";
import { LEVELS, TYPES } from "./credential_types.js";
import { openDocument } from "./jws.js";
import { Members, holds, readKey, readSpan } from "./members.js";

const TYP = "kexin-record+jws";
const FORMAT = "kexin/issuer-record/v1";
const TELEPHONE = "\\+?[0-9][0-9 -]{2,28}[0-9]";

/** A node is named like a host. */
export const NODE_NAME = "[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?";

/** A record document taken apart; its signatures are unverified. */
export function openRecord(document) {
  const opened = openDocument(document, TYP);
  return { ...readRecord(opened.payload), opened, kids: opened.signatures.map(({ kid }) => kid) };
}

function readRecord(payload) {
  const read = new Members(payload);
  read.constant("format", FORMAT);
  const names = readNames(read.object("names"));
  const record = {
    names,
    id: read.code("id", isInstitutionId),
    node: read.match("node", NODE_NAME),
    seq: read.integer("seq", 1),
    prev: read.orNull("prev", (name) => read.octets(name, 32)),
    issued: read.instant("issued"),
    codes: read.objects("codes", 0, 20).map(readCode),
    uscc: read.orAbsent("uscc", (name) => read.code(name, isUscc)),
    telephone: read.match("telephone", TELEPHONE),
    superior: read.orNull("superior", (name) => read.code(name, isInstitutionId)),
    region: read.code("region", isRegion),
    keys: read.objects("keys", 0, 100).map((each) => readKey(each, ["issuer"])),
    accreditations: read.objects("accreditations", 0, 100).map(readAccreditation),
  };
  read.end();
  checkWhole(record);
  return record;
}

function checkWhole({ seq, prev, superior, id, keys }) {
  require((seq === 1) === (prev === null), "record");
  require(superior !== id, "record");
  require(new Set(keys.map(({ key }) => key.kid)).size === keys.length, "record");
}

function readNames(read) {
  const names = { zh: read.text("zh", 120) };
  if (read.has("en")) names.en = read.text("en", 200);
  read.end();
  return names;
}

function readCode(read) {
  const held = { code: read.code("code", isNumberPrefix), span: readSpan(read) };
  read.end();
  return held;
}

function readAccreditation(read) {
  const type = read.oneOf("type", [...TYPES.keys()]);
  const levels = read.array("levels", 1, LEVELS.length);
  const inOrder = LEVELS.filter((level) => levels.includes(level));
  const isSame = inOrder.every((each, at) => each === levels[at]);
  read.check(isSame && inOrder.length === levels.length, "levels");
  const found = { type, levels, span: readSpan(read) };
  read.end();
  return found;
}

/** The key of this name with its span; undefined if the record does not hold it. */
export function heldKey(record, kid) {
  return record.keys.find(({ key }) => key.kid === kid);
}

export function isAccredited(record, type, level, at) {
  return record.accreditations.some(
    (each) => each.type === type && each.levels.includes(level) && holds(each.span, at),
  );
}
