// Check `anchor`: the checkpoint stands on a chain that the trust list counts on.
//
// Evidence: local < receipt < seals < live. This page asks nobody, so a receipt is the most that
// it has; where a key involved was cut off, a receipt alone no longer shows the order of things.

import { found, instant, names, notReached, prove, proven, term, Unproven } from "../finding.js";
import { same } from "../bytes.js";
import { SKEW } from "../instants.js";
import { verifyDocument } from "../jws.js";
import { isInForce, keysFor, nodeKey } from "../trust.js";
import { cutOffOf, EVIDENCE, isCut } from "../trust_list.js";

/** The finding, and the anchor where it passed. */
export function checkAnchor(located, { node, kids, terms }) {
  if (!located) return [found("anchor", "not_anchored"), null];
  if (!node) return [notReached("anchor", "issuer"), null];
  try {
    const anchored = anchor(located, { node, kids, terms });
    return [passed(anchored), anchored];
  } catch (error) {
    if (!(error instanceof Unproven)) throw error;
    return [found("anchor", error.code, { params: error.params }), null];
  }
}

/** The anchor of a checkpoint. `kids` are the keys involved besides the receipt key. */
export function anchor({ checkpoint, receipt }, { node, kids, terms }) {
  const { list, now, require: wanted } = terms;
  prove(receipt !== null && list !== null, "not_anchored");
  checkReceipt(receipt, checkpoint, node, list);
  prove(receipt.blockTime <= now + SKEW, "receipt_wrong");
  const chain = findChain(receipt, list);
  const touched = [...kids, receipt.kid].some((kid) => cutOffOf(list, kid));
  prove(!touched, "receipt_alone");
  const required = Math.max(EVIDENCE.indexOf(chain.minimum), EVIDENCE.indexOf(wanted ?? "local"));
  prove(EVIDENCE.indexOf(receipt.level) >= required, "evidence_below", {
    required: term(`level.${EVIDENCE[required]}`),
    found: term(`level.${receipt.level}`),
  });
  return { receipt, chain, level: receipt.level, time: receipt.blockTime };
}

/** The node's signed word about this very checkpoint. */
function checkReceipt(receipt, checkpoint, node, list) {
  proven(() => verifyDocument(receipt.opened, keysFor(node, "receipt"), 1), "receipt_wrong");
  const isOurs =
    receipt.origin === checkpoint.origin &&
    receipt.size === checkpoint.size &&
    same(receipt.root, checkpoint.root);
  prove(isOurs, "other_head");
  prove(isInForce(nodeKey(node, receipt.kid, "receipt"), receipt.issued), "receipt_wrong");
  prove(!isCut(list, receipt.kid, checkpoint.origin, checkpoint.size - 1), "receipt_cut");
}

function findChain(receipt, list) {
  const chain = list.chains.find(({ id }) => id === receipt.chain);
  const params = { chain: receipt.chain };
  prove(chain !== undefined, "chain_unlisted", params);
  const isSame = ["genesis", "contract", "driver"].every((name) => receipt[name] === chain[name]);
  prove(isSame, "other_chain", params);
  return chain;
}

function passed({ receipt, chain, level, time }) {
  const notes = [];
  if (level === "local") notes.push("one_operator");
  if (chain.assurance === "demo") notes.push("demo_chain");
  const params = {
    time: instant(time),
    chain: names(chain.title.zh, chain.title.en),
    block: receipt.blockNumber,
  };
  return found("anchor", level, { evidence: level, at: time, params, notes });
}
