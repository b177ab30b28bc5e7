// Check `status`: not revoked, suspended or superseded, as far as can be known without asking.
//
// Words on it are the bundle's assertion and the lists of status packs, each until it expires.
// Of those that hold at the instant asked for, the newest decides; where none holds, the newest of
// all is told with its date: valid then is unknown now, a loss stays a loss.

import { Refused, require, same } from "../bytes.js";
import { found, instant, notReached, prove, term, Unproven } from "../finding.js";
import { SKEW } from "../instants.js";
import { parseCompact, verifyCompact } from "../jws.js";
import { verifyList } from "../status.js";
import { checkPack } from "../status_pack.js";
import { isInForce, nodeKey } from "../trust.js";
import { cutOffOf } from "../trust_list.js";

export async function checkStatus({ credential, assertion }, node, terms, at) {
  if (!node) return notReached("status", "issuer");
  const words = [];
  try {
    prove(isOwnAddress(credential, node), "elsewhere");
    if (assertion) {
      checkAssertion(credential, assertion, node, terms);
      if (!cutOffOf(terms.list, assertion.kid)) words.push(assertedWord(assertion));
    }
  } catch (error) {
    if (!(error instanceof Unproven)) throw error;
    return found("status", error.code);
  }
  try {
    words.push(...(await packedWords(credential.body.status, node, terms)));
  } catch (error) {
    if (!(error instanceof Unproven)) throw error;
    const known = words.length ? answer(words, at) : null;
    return known?.result === "fail" ? known : found("status", error.code);
  }
  if (words.length) return answer(words, at);
  if (!assertion) return found("status", "missing");
  return found("status", "status_cut", { evidence: "assertion", at: assertion.issued });
}

/** A status list counts only where the node publishes its own. */
function isOwnAddress({ body }, node) {
  return body.status.uri.startsWith(`${node.statusUrl.replace(/\/+$/, "")}/`);
}

/** The bundle's assertion is the node's, about this credential, and not from the future. */
function checkAssertion(credential, assertion, node, { now }) {
  const held = nodeKey(node, assertion.kid, "status");
  prove(isInForce(held, assertion.issued), "assertion");
  try {
    verifyCompact(assertion.token, held.key);
  } catch (error) {
    if (error instanceof Refused) throw new Unproven("assertion");
    throw error;
  }
  const { uri, index } = credential.body.status;
  const isAboutIt =
    assertion.uri === uri &&
    assertion.index === index &&
    same(assertion.credential, credential.digest);
  prove(isAboutIt && assertion.issued <= now + SKEW, "assertion");
}

function assertedWord({ status, issued, expires, since, successor }) {
  return { status, time: issued, expires, evidence: "assertion", since, successor };
}

/** What the newest pack of the node that has this list says: one word, or none. */
async function packedWords({ uri, index }, node, terms) {
  const words = [];
  for (const pack of terms.packs) {
    if (pack.node !== node.name || !pack.lists.has(uri)) continue;
    try {
      const snapshot = await openSnapshot(pack, uri, node, terms);
      words.push({
        status: snapshot.statusAt(index),
        time: snapshot.issued,
        expires: Math.min(snapshot.expires, pack.expires),
        evidence: "pack",
        since: null,
        successor: null,
      });
    } catch (error) {
      if (error instanceof Refused) throw new Unproven("list_unusable");
      throw error;
    }
  }
  return words.length ? [newest(words)] : [];
}

function checkStatement(pack, node, { list, now }) {
  prove(!cutOffOf(list, pack.kid), "status_cut");
  const held = nodeKey(node, pack.kid, "status");
  require(isInForce(held, pack.issued), "pack");
  checkPack(pack, held.key, now);
}

/** Whether the statement of a pack is the node's, by a key that counts. */
export function isOfNode(pack, node, terms) {
  try {
    checkStatement(pack, node, terms);
    return true;
  } catch (error) {
    if (error instanceof Refused || error instanceof Unproven) return false;
    throw error;
  }
}

/** The list of this address, after checking that pack and list are the node's. */
async function openSnapshot(pack, uri, node, terms) {
  const { list } = terms;
  checkStatement(pack, node, terms);
  const token = parseCompact(pack.lists.get(uri));
  prove(!cutOffOf(list, token.kid), "status_cut");
  const signer = nodeKey(node, token.kid, "status");
  require(signer !== undefined, "pack");
  const name = `${signer.key.kid} ${uri}`;
  if (!pack.snapshots.has(name)) {
    pack.snapshots.set(name, await verifyList(token, signer.key, uri));
  }
  const snapshot = pack.snapshots.get(name);
  require(isInForce(signer, snapshot.issued), "pack");
  return snapshot;
}

function newest(words) {
  return words.reduce((best, word) => (word.time > best.time ? word : best));
}

/** The newest word; of a loss on which words agree, the one that knows its date. */
function decisive(words) {
  const last = newest(words);
  return words.find((each) => each.status === last.status && each.since !== null) ?? last;
}

function answer(words, at) {
  const holding = words.filter(({ time, expires }) => time - SKEW <= at && at < expires);
  const word = decisive(holding.length ? holding : words);
  if (holding.length) return said(word);
  const isAfter = at >= word.expires;
  const isLost = word.status !== "valid";
  if (isLost && (isAfter || (word.since ?? word.time) <= at)) return said(word);
  const reason = isAfter ? "status_as_of" : "status_earlier";
  const params = { as_of: instant(word.time) };
  return found("status", reason, { evidence: word.evidence, at: word.time, params });
}

function said({ status, time, evidence, since, successor }) {
  if (status === "valid") {
    return found("status", "valid", { evidence, at: time, params: { time: instant(time) } });
  }
  const params = {
    since: since === null ? term("since.unknown") : instant(since),
    successor: successor ?? term("successor.unknown"),
  };
  return found("status", status, { evidence, at: since ?? time, params });
}
