// The verdict: every check in its order, none skipped, and what follows from them.
// docs/formats/verdict-v1.md
//
// Result: any fail: invalid; else any unknown: undetermined; else valid. The credential's type,
// number and claims are shown only where its signature passed, the issuer only by its record.

import { checkAnchor } from "./checks/anchor.js";
import { checkDocument, unreadableDocument } from "./checks/document.js";
import { checkIssuer } from "./checks/issuer.js";
import { checkLog } from "./checks/log.js";
import { checkDisclosure, checkSignature } from "./checks/signature.js";
import { checkStatus } from "./checks/status.js";
import { checkAccreditation, checkDates, checkKey } from "./checks/validity.js";
import { notReached } from "./finding.js";
import { writeInstant } from "./instants.js";
import { inAll } from "./messages.js";
import { read } from "./reading.js";
import { CHECKS } from "./reasons.js";
import { findNode } from "./trust.js";

const FORMAT = "kexin/verdict/v1";
const AS_OF_STATE = "status_as_of";

/**
 * Judge a bundle, a credential alone, or a PDF that carries a bundle.
 *
 * terms: list (the trust list, or null with the reason in `problem`), now (seconds), asOf
 * (seconds, "bundle" or null), require (least evidence of the anchor, or null), packs.
 */
export async function judge(bytes, terms) {
  const { format, material, document } = await read(bytes);
  const at = instantOf(material, terms);
  if (!material) {
    const about = document ? [unreadableDocument(document)] : [];
    const rest = CHECKS.filter((each) => each !== "format" && each !== "document");
    const findings = [format, ...about, ...rest.map((each) => notReached(each, "format"))];
    return new Verdict(terms, at, findings, null);
  }
  const { findings, shown } = await judgeParts(material, document, terms, at);
  return new Verdict(terms, at, [format, ...findings], shown);
}

function instantOf(material, { now, asOf }) {
  if (asOf === "bundle") return Math.min(material?.assertion?.issued ?? now, now);
  return asOf ?? now;
}

/** Run the checks in the order in which they need each other; report them in theirs. */
async function judgeParts(material, document, terms, at) {
  const { credential, located, registered } = material;
  const { list } = terms;
  const node = registered && findNode(list, registered.record.node);
  const { issuer: id } = credential.body;
  // 1. that and when: the log, and the chain that anchors it
  const [log, logKid] = checkLog(located, { issuer: id, digest: credential.digest, node, list });
  const kids = [credential.kid, ...(registered?.record.kids ?? []), ...(logKid ? [logKid] : [])];
  const [anchor, anchored] = checkAnchor(located, { node, kids, terms });
  // 2. who: the record, and the signature under a key of it
  const [issuerFinding, issuer] = checkIssuer(credential, registered, { node, anchored, terms });
  const signature = checkSignature(credential, registered, issuer, terms);
  const findings = [
    // 3. the words on the page, where there is one
    ...(document ? [checkDocument(document, { located, node, terms })] : []),
    signature,
    checkDisclosure(credential),
    issuerFinding,
    checkKey(credential, issuer, anchored, { located, list }),
    checkAccreditation(credential, issuer, anchored),
    checkDates(credential, at),
    await checkStatus(material, node, terms, at),
    log,
    anchor,
  ];
  const passed = signature.result === "pass" && issuer;
  return { findings, shown: passed ? shownOf(credential, issuer) : null };
}

function shownOf({ body, claims }, { record, node }) {
  const notice = body.notice === null ? {} : { notice: body.notice };
  return {
    type: body.type,
    number: body.number,
    claims: { ...claims, category: body.category, level: body.level, ...notice },
    issuer: {
      codes: record.codes.filter(({ span }) => span.end === null).map(({ code }) => code),
      id: record.id,
      names: record.names,
      node: { name: node.name, title: node.title },
      telephone: record.telephone,
    },
  };
}

export class Verdict {
  constructor({ asOf }, at, findings, shown) {
    this.current = asOf === null;
    this.asOf = at;
    this.findings = findings;
    this.shown = shown;
  }

  get result() {
    const results = this.findings.map(({ result }) => result);
    if (results.includes("fail")) return "invalid";
    return results.includes("unknown") ? "undetermined" : "valid";
  }

  /** The result, or `status_as_of` where only the present status is missing. */
  get state() {
    const open = this.findings.filter(({ result }) => result !== "pass");
    return open.length === 1 && open[0].reason === AS_OF_STATE ? AS_OF_STATE : this.result;
  }

  finding(check) {
    return this.findings.find((each) => each.check === check);
  }

  /** The verdict as kexin/verdict/v1. */
  toJson(messages) {
    const none = { type: null, number: null, claims: null, issuer: null };
    return {
      format: FORMAT,
      result: this.result,
      current: this.current,
      as_of: writeInstant(this.asOf),
      credential: this.shown ?? none,
      checks: this.findings.map((finding) => ({
        code: finding.check,
        result: finding.result,
        reason: finding.reason,
        evidence: finding.evidence,
        at: finding.at === null ? null : writeInstant(finding.at),
        message: inAll((lang) => messages.message(finding, lang)),
        remedy: inAll((lang) => messages.remedy(finding, lang)),
      })),
    };
  }
}
