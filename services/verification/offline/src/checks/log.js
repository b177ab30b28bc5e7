// Check `log`: the credential stands in its issuer's log, under a checkpoint of its node.
//
// `inTree` and `signedHead` are also what an issuer record must pass in the registry log.

import { Refused, same } from "../bytes.js";
import { keyHash, verifyLine } from "../checkpoint.js";
import { found, notReached, prove, proven, Unproven } from "../finding.js";
import { shanghaiYear } from "../instants.js";
import { leafHash, verifyInclusion } from "../merkle.js";
import { keysFor } from "../trust.js";
import { isCut } from "../trust_list.js";

/** The finding, and the kid of the log key that signed the checkpoint. */
export function checkLog(located, { issuer, digest, node, list }) {
  if (!located) return [found("log", "missing"), null];
  const { checkpoint, index } = located;
  try {
    inTree(located, { log: issuer, kind: "credential", digest });
    if (!node || !list) return [notReached("log", "issuer"), null];
    const kid = signedHead(located, node, list);
    const params = { year: checkpoint.parts.year, index, size: checkpoint.size };
    return [found("log", "included", { at: checkpoint.time, params }), kid];
  } catch (error) {
    if (!(error instanceof Unproven)) throw error;
    return [found("log", error.code, { params: error.params }), null];
  }
}

/** This entry is the one, and it stands in the right tree. */
export function inTree({ entry, checkpoint, index, hashes }, { log, kind, digest }) {
  const isOurs = entry.kind === kind && entry.issuer === log && same(entry.digest, digest);
  prove(isOurs, "other_entry");
  const { institution, year } = checkpoint.parts;
  prove(institution === log && year === shanghaiYear(entry.time), "other_log");
  const { size, root } = checkpoint;
  const leaf = leafHash(entry.bytes);
  proven(() => verifyInclusion({ leaf, index, size, proof: hashes, root }), "not_included");
}

/** The checkpoint's signatures are right; returns the kid of the node's key. */
export function signedHead({ checkpoint }, node, list) {
  prove(checkpoint.parts.node === node.name, "other_log");
  const wanted = checkpoint.node.keyHash;
  const keys = [...keysFor(node, "log", checkpoint.time).values()];
  const key = keys.find((each) => same(keyHash(node.name, each), wanted));
  prove(key !== undefined, "checkpoint");
  proven(() => verifyLine(checkpoint, checkpoint.node, key), "checkpoint");
  checkWitnesses(checkpoint, list);
  prove(!isCut(list, key.kid, checkpoint.origin, checkpoint.size - 1), "log_cut");
  return key.kid;
}

function checkWitnesses(checkpoint, list) {
  for (const line of checkpoint.witnesses) {
    const witness = list.witnesses.find(({ name }) => name === line.name);
    prove(witness !== undefined, "witness_unlisted", { witness: line.name });
    try {
      verifyLine(checkpoint, line, witness.key);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw new Unproven("witness");
    }
  }
  const counts = { needed: list.witnessesRequired, found: checkpoint.witnesses.length };
  prove(counts.found >= counts.needed, "witnesses_missing", counts);
}
