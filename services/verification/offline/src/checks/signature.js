// Checks `signature` and `disclosure`: the words are the issuer's, and enough of them are shown.
//
// A key counts only if it stands in the issuer's record and that record is authentic.

import { Refused } from "../bytes.js";
import { found, term } from "../finding.js";
import { heldKey } from "../issuer_record.js";
import { ALG, verifyCompact } from "../jws.js";

export function checkSignature(credential, registered, issuer, { list }) {
  if (!registered) return found("signature", "record_missing");
  const { record } = registered;
  if (record.id !== credential.body.issuer) return found("signature", "issuer_not_established");
  const held = heldKey(record, credential.kid);
  if (!held) return found("signature", "unknown_key");
  try {
    verifyCompact(credential.token, held.key);
  } catch (error) {
    if (error instanceof Refused) return found("signature", "forged");
    throw error;
  }
  if (!issuer || !list) return found("signature", "issuer_not_established");
  if (!list.algorithms.includes(ALG)) {
    return found("signature", "algorithm", { params: { algorithm: ALG } });
  }
  return found("signature", "genuine");
}

export function checkDisclosure({ foreign, missing }) {
  if (foreign) return found("disclosure", "foreign");
  if (missing.length) {
    const params = { missing: missing.map((name) => term(`claim.${name}`)) };
    return found("disclosure", "incomplete", { params });
  }
  return found("disclosure", "complete");
}
