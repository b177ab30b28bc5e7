// Check `document`: a PDF is, byte for byte, what the node made around this bundle.
// docs/formats/document-signature-v1.md
//
// The certificate in the file only carries the key; the trust list says whose it is. A file stands
// in no log, so nothing shows that it was signed before its key was lost.

import { Refused, same } from "../bytes.js";
import { found, notReached, prove, Unproven } from "../finding.js";
import { SKEW } from "../instants.js";
import { checkSelfSigned, checkSigner } from "../pdf/cms.js";
import { isInForce, nodeKey } from "../trust.js";
import { cutOffOf, isCut } from "../trust_list.js";

/** `paper` is {signed, digest}, or a finding where there is no signature to judge. */
export function checkDocument(paper, { located, node, terms }) {
  if (!paper.signed) return paper;
  const { signed, digest } = paper;
  if (!same(signed.digest, digest)) return found("document", "altered");
  try {
    checkSelfSigned(signed.certificate);
    checkSigner(signed);
  } catch (error) {
    if (error instanceof Refused) return found("document", "forged");
    throw error;
  }
  if (!node || !terms.list || !located) return notReached("document", "issuer");
  try {
    checkKey(signed, node, terms.now);
    checkNotCut(signed.certificate.key.kid, located, terms.list);
  } catch (error) {
    if (!(error instanceof Unproven)) throw error;
    return found("document", error.code);
  }
  return found("document", "signed", { at: signed.at });
}

/** The finding about a PDF that carries nothing to judge it by. */
export function unreadableDocument(paper) {
  return paper.signed ? notReached("document", "format") : paper;
}

function checkKey({ certificate, at }, node, now) {
  const held = nodeKey(node, certificate.key.kid, "document");
  prove(held !== undefined && certificate.name === node.name, "unknown_key");
  prove(isInForce(held, at), "not_in_force");
  prove(at <= now + SKEW, "not_yet");
}

function checkNotCut(kid, { checkpoint, index }, list) {
  if (!cutOffOf(list, kid)) return;
  throw new Unproven(isCut(list, kid, checkpoint.origin, index) ? "key_cut" : "key_cut_before");
}
