// The bundle: everything a stranger needs to judge one credential, in one file.
// docs/formats/bundle-v1.md
//
// Only the form is read here. Refused: too_large, not_ours, test, type_unknown, unreadable
// (part): the reasons of the check `format`.

import { Refused, require, unb64u } from "./bytes.js";
import { loads } from "./canonical.js";
import { parseCheckpoint } from "./checkpoint.js";
import { parseCredential } from "./credential.js";
import { parseEntry } from "./entry.js";
import { openRecord } from "./issuer_record.js";
import { hasExactly } from "./jws.js";
import { openReceipt } from "./receipt.js";
import { openAssertion } from "./status.js";

export const MAX_SIZE = 64 * 1024;

const FORMAT = "kexin/bundle/v1";
const MAX_INDEX = Number.MAX_SAFE_INTEGER - 1;
const MAX_HASHES = 53;

/** Run a reader; what it refuses becomes an unreadable part. */
export function part(name, read) {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (["test", "type_unknown", "unreadable"].includes(error.code)) throw error;
    throw new Refused("unreadable", { part: name });
  }
}

/** The members of a file; too large or not canonical is refused. */
export function readObject(bytes) {
  require(bytes.length <= MAX_SIZE, "too_large", { limit_kb: MAX_SIZE / 1024 });
  const value = part("bundle", () => loads(bytes));
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  require(isObject, "not_ours");
  return value;
}

/** The parts of a bundle, each in its one form; nothing is verified. */
export function readBundle(bytes) {
  const { format, credential, status, issuer, renewals, ...rest } = readObject(bytes);
  require(format === FORMAT, "not_ours");
  const isWhole = typeof credential === "string" && typeof status === "string";
  const hasNone = Array.isArray(renewals) && renewals.length === 0;
  require(isWhole && hasNone, "unreadable", { part: "bundle" });
  const place = takePlace(rest);
  const registered = takeIssuer(issuer);
  return {
    credential: part("credential", () => parseCredential(credential)),
    assertion: part("status", () => openAssertion(status)),
    located: locate(place),
    registered: register(registered),
  };
}

function takeIssuer(issuer) {
  const isObject = typeof issuer === "object" && issuer !== null && !Array.isArray(issuer);
  require(isObject, "unreadable", { part: "issuer" });
  const { record, salt, ...rest } = issuer;
  return { record: record ?? null, salt: octets(salt, 16, "issuer"), place: takePlace(rest) };
}

/** The four members of a place in a log, which must be all that is left. */
function takePlace(members) {
  const { checkpoint, evidence, proof } = members;
  const isText = typeof checkpoint === "string" && Array.isArray(evidence);
  require(isText && Object.hasOwn(members, "entry"), "unreadable", { part: "bundle" });
  const { checkpoint: _, entry, evidence: __, ...rest } = members;
  require(hasExactly(rest, "proof") && isProof(proof), "unreadable", { part: "proof" });
  const hashes = proof.hashes.map((each) => octets(each, 32, "proof"));
  const read = part("entry", () => parseEntry(entry));
  return { entry: read, index: proof.index, hashes, checkpoint, receipt: takeReceipt(evidence) };
}

function isProof(proof) {
  if (!hasExactly(proof, "hashes,index") || !Array.isArray(proof.hashes)) return false;
  const isPlace = typeof proof.index === "number" && proof.index >= 0 && proof.index <= MAX_INDEX;
  return isPlace && proof.hashes.length <= MAX_HASHES;
}

/** What anchors the checkpoint: nothing yet, or one receipt. */
function takeReceipt(evidence) {
  if (evidence.length === 0) return null;
  const [first] = evidence;
  const isOne = evidence.length === 1 && hasExactly(first, "document,kind");
  require(isOne && first.kind === "receipt", "unreadable", { part: "evidence" });
  const { document } = first;
  const isObject = typeof document === "object" && document !== null && !Array.isArray(document);
  require(isObject, "unreadable", { part: "evidence" });
  return document;
}

function locate(place) {
  return {
    ...place,
    checkpoint: part("checkpoint", () => parseCheckpoint(place.checkpoint)),
    receipt: place.receipt && part("evidence", () => openReceipt(place.receipt)),
  };
}

function register({ record, salt, place }) {
  const opened = part("issuer", () => openRecord(record));
  return { document: record, record: opened, salt, located: locate(place) };
}

function octets(value, size, name) {
  return part(name, () => {
    require(typeof value === "string", "octets");
    const bytes = unb64u(value);
    require(bytes.length === size, "octets");
    return bytes;
  });
}
