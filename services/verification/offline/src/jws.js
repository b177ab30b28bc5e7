// Signed JSON (RFC 7515 with alg SGD_SM3_SM2): compact tokens, and documents that several sign.
//
// Header: canonical JSON with exactly alg, kid, typ. Document: {"payload", "signatures"}, the
// signatures in ascending order of kid, no kid twice, all of one typ, the payload canonical.
//
// Refused: jws, jws_order; jws_signature, jws_unknown_kid, jws_threshold when verifying.

import { isAscending, Refused, require, unb64u, utf8 } from "./bytes.js";
import { loads } from "./canonical.js";
import { verify } from "./sm2.js";

export const ALG = "SGD_SM3_SM2";
const MAX_SIGNATURES = 64;
const MAX_REMEMBERED = 5000;

/** Whether a value is an object with exactly these members. */
export function hasExactly(value, names) {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && Object.keys(value).sort().join() === names;
}

function parse(protectedText, payloadText, signatureText) {
  const header = loads(unb64u(protectedText));
  require(hasExactly(header, "alg,kid,typ"), "jws");
  const { alg, kid, typ } = header;
  require(alg === ALG && typeof kid === "string" && typeof typ === "string", "jws");
  const [payload, signature] = [unb64u(payloadText), unb64u(signatureText)];
  require(signature.length === 64, "jws");
  return { kid, typ, payload, signed: `${protectedText}.${payloadText}`, signature, signatureText };
}

/** Take a token apart. Nothing is verified. */
export function parseCompact(token) {
  const parts = token.split(".");
  require(parts.length === 3, "jws");
  return parse(...parts);
}

export function verifyCompact(parsed, key) {
  require(parsed.kid === key.kid, "jws_signature");
  try {
    verify(key, utf8(parsed.signed), parsed.signature);
  } catch (error) {
    if (error instanceof Refused) throw new Refused("jws_signature");
    throw error;
  }
}

/** Take a document of this typ apart. Nothing is verified. */
export function openDocument(document, typ) {
  require(hasExactly(document, "payload,signatures"), "jws");
  const { payload, signatures } = document;
  require(typeof payload === "string" && Array.isArray(signatures), "jws");
  require(signatures.length > 0 && signatures.length <= MAX_SIGNATURES, "jws");
  unb64u(payload);
  const parsed = signatures.map((entry) => parseEntry(entry, payload));
  require(isAscending(parsed.map((each) => each.kid)), "jws_order");
  require(
    parsed.every((each) => each.typ === parsed[0].typ),
    "jws",
  );
  const read = loads(parsed[0].payload);
  require(parsed[0].typ === typ, "jws");
  return { payload: read, signatures: parsed };
}

function parseEntry(entry, payload) {
  require(hasExactly(entry, "protected,signature"), "jws");
  require(typeof entry.protected === "string" && typeof entry.signature === "string", "jws");
  return parse(entry.protected, payload, entry.signature);
}

const verified = new Set();

/** Like verifyCompact, once: documents come again with every file of an institution. */
export function verifyOnce(parsed, key) {
  const name = `${parsed.signed}.${parsed.signatureText}.${key.kid}`;
  if (verified.has(name)) return;
  verifyCompact(parsed, key);
  if (verified.size >= MAX_REMEMBERED) verified.clear();
  verified.add(name);
}

/** Every signature must be by one of `keys`, a Map by kid, and there must be enough of them. */
export function verifyDocument(opened, keys, threshold) {
  for (const parsed of opened.signatures) {
    require(keys.has(parsed.kid), "jws_unknown_kid");
    verifyOnce(parsed, keys.get(parsed.kid));
  }
  require(opened.signatures.length >= threshold, "jws_threshold");
}
