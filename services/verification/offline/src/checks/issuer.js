// Check `issuer`: who says it, as the registrars of a listed node recorded it.
//
// A record is authentic where enough registrars signed it within the node's bounds and nothing
// speaks against it; names and keys of any other are neither shown nor believed. Offline the
// record that came along passes, and its age is told.

import { b64u } from "../bytes.js";
import { dumps } from "../canonical.js";
import { parseNumber } from "../codes.js";
import { found, instant, names, prove, proven, Unproven } from "../finding.js";
import { DAY } from "../instants.js";
import { verifyDocument } from "../jws.js";
import { REASONS } from "../reasons.js";
import { sm3 } from "../sm3.js";
import { keysFor } from "../trust.js";
import { isCut, listDigest } from "../trust_list.js";
import { anchor } from "./anchor.js";
import { inTree, signedHead } from "./log.js";

const REGISTRY = "registry";

/** The finding, and the authentic issuer, also where something about it is unknown. */
export function checkIssuer(credential, registered, { node, anchored, terms }) {
  if (!registered) return [found("issuer", "record_missing"), null];
  const { record } = registered;
  if (record.id !== credential.body.issuer) return [found("issuer", "other_issuer"), null];
  if (!terms.list) return [found("issuer", terms.problem), null];
  if (!node) {
    return [found("issuer", "node_unlisted", { params: { node: record.node } }), null];
  }
  let issuer = null;
  try {
    checkAuthentic(credential, record, node);
    issuer = { record, node };
    const own = establish(registered, node, terms);
    checkOrder(own, anchored);
    return [passed(issuer, own, terms), issuer];
  } catch (error) {
    if (!(error instanceof Unproven)) throw error;
    const finding = found("issuer", error.code, { params: error.params });
    return [finding, finding.result === "fail" ? null : issuer];
  }
}

/** Who signed the record, and whether they may. */
function checkAuthentic(credential, record, node) {
  const keys = keysFor(node, "registrar");
  proven(() => verifyDocument(record.opened, keys, node.registrars), "registrars");
  const within = (text, prefixes) => prefixes.some((prefix) => text.startsWith(prefix));
  prove(within(record.id, node.ids) && within(record.region, node.regions), "beyond_bounds");
  const { prefix } = parseNumber(credential.body.number);
  prove(record.codes.some(({ code }) => code === prefix), "other_number");
}

/** The record stands in the node's registry log, anchored, by keys then in force. */
function establish({ document, record, salt, located }, node, terms) {
  const { list } = terms;
  const content = dumps({ digest: listDigest(document), salt: b64u(salt) });
  const logKid = inLog(() => {
    inTree(located, { log: REGISTRY, kind: "record", digest: sm3(content) });
    return signedHead(located, node, list);
  }, "log");
  const { origin } = located.checkpoint;
  const cut = record.kids.some((kid) => isCut(list, kid, origin, located.index));
  prove(!cut, "registrar_cut");
  const kids = [...record.kids, logKid];
  const anchored = inLog(() => anchor(located, { node, kids, terms }), "anchor");
  const inForce = keysFor(node, "registrar", anchored.time);
  prove(record.kids.every((kid) => inForce.has(kid)), "registrars");
  return anchored;
}

/** What a failure of the record's own place means for the issuer. */
function inLog(act, check) {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Unproven)) throw error;
    const failed = check === "log" ? "record_not_logged" : "record_anchor";
    const isOpen = REASONS[check].get(error.code) === "unknown";
    throw new Unproven(isOpen ? "record_not_anchored" : failed, { cause: error.code });
  }
}

/** The record was anchored no later than the credential. */
function checkOrder(own, anchored) {
  if (!anchored) return;
  const onOneChain = own.chain.id === anchored.chain.id;
  const isAfter = onOneChain
    ? own.receipt.blockNumber > anchored.receipt.blockNumber
    : own.time > anchored.time;
  prove(!isAfter, "record_after_credential");
}

function passed({ record, node }, own, { now }) {
  const params = {
    name: names(record.names.zh, record.names.en ?? record.names.zh),
    node: names(node.title.zh, node.title.en),
    issued: instant(record.issued),
    age_days: Math.max(0, Math.floor((now - record.issued) / DAY)),
  };
  return found("issuer", "recorded", { evidence: own.level, at: record.issued, params });
}
