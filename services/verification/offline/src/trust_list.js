// The trust list: which nodes, witnesses and chains a verifier believes, and how far.
// docs/formats/trust-list-v1.md
//
// Refused, in the order of the checks: trust_list_unreadable, trust_list_root,
// trust_list_signature, trust_list_expired, trust_list_not_yet, trust_list_rollback,
// trust_list_broken_chain. Two lists are the same if their digests are.

import { b64u, isAscending, Refused, require } from "./bytes.js";
import { dumps } from "./canonical.js";
import { URI } from "./credential.js";
import { DAY, SKEW } from "./instants.js";
import { NODE_NAME } from "./issuer_record.js";
import { ALG, openDocument, verifyDocument } from "./jws.js";
import { Members, matches, readKey } from "./members.js";
import { sm3 } from "./sm3.js";

const TYP = "kexin-trust-list+jws";
const FORMAT = "kexin/trust-list/v1";
const LIFE = 90 * DAY;
const USES = ["registrar", "log", "receipt", "status", "document"];
const CHAIN = `eip155:[1-9][0-9]{0,17}|local:${NODE_NAME}`;
const ORIGIN = `${NODE_NAME}/log/[A-Za-z0-9_]{1,64}/2[0-9]{3}`;
const CUT_REASONS = ["key_compromise", "withdrawn", "ceased", "replaced"];

export const EVIDENCE = ["local", "receipt", "seals", "live"];

/** Digest of a document: what the next list names as `prev`. */
export function listDigest(document) {
  return b64u(sm3(dumps(document)));
}

/** The list after every check. `seen` is {seq, digest} of the newest accepted here, or null. */
export function openList(document, root, { now, seen }) {
  const { opened, list } = parseDocument(document);
  require(list.root === root.fingerprint, "trust_list_root");
  checkSignatures(opened, root);
  require(now < list.nextUpdate, "trust_list_expired");
  require(now >= list.issued - SKEW, "trust_list_not_yet");
  list.digest = listDigest(document);
  if (seen) checkOrder(list, seen);
  return list;
}

function parseDocument(document) {
  try {
    const opened = openDocument(document, TYP);
    return { opened, list: readList(opened.payload) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // One operator signed twice, or the order is not ours.
    throw new Refused(
      error.code === "jws_order" ? "trust_list_signature" : "trust_list_unreadable",
    );
  }
}

function checkSignatures(opened, root) {
  try {
    verifyDocument(opened, root.keys, root.threshold);
  } catch (error) {
    if (error instanceof Refused) throw new Refused("trust_list_signature");
    throw error;
  }
}

function checkOrder(list, seen) {
  const isOther = list.seq === seen.seq && list.digest !== seen.digest;
  require(list.seq >= seen.seq && !isOther, "trust_list_rollback");
  require(list.seq !== seen.seq + 1 || list.prev === seen.digest, "trust_list_broken_chain");
}

function readList(payload) {
  const read = new Members(payload);
  read.constant("format", FORMAT);
  read.array("recognitions", 0, 0);
  const witnesses = read.objects("witnesses", 0, 100).map(readWitness);
  const list = {
    root: b64u(read.octets("root", 32)),
    seq: read.integer("seq", 1),
    prev: read.orNull("prev", (name) => b64u(read.octets(name, 32))),
    issued: read.instant("issued"),
    nextUpdate: read.instant("next_update"),
    nodes: read.objects("nodes", 1, 1000).map(readNode),
    witnesses,
    witnessesRequired: read.integer("witnesses_required", 0, witnesses.length),
    chains: read.objects("chains", 0, 100).map(readChain),
    cutOffs: read.objects("cut_offs", 0, 1000).map(readCutOff),
    algorithms: read.texts("algorithms", 0, 10, ALG),
    artifacts: read.orAbsent("artifacts", (name) => read.objects(name, 1, 20).map(readArtifact)),
  };
  read.end();
  checkWhole(list);
  return list;
}

function checkWhole(list) {
  require((list.seq === 1) === (list.prev === null), "list");
  const life = list.nextUpdate - list.issued;
  require(life > 0 && life <= LIFE, "list");
  const named = [list.nodes, list.witnesses, list.artifacts ?? []];
  require(named.every((each) => isAscending(each.map(({ name }) => name))), "list");
  require(isAscending(list.chains.map(({ id }) => id)), "list");
  require(isAscending(list.cutOffs.map(({ kid }) => kid)), "list");
  const kids = list.nodes.flatMap(({ keys }) => keys.map(({ key }) => key.kid));
  kids.push(...list.witnesses.map(({ key }) => key.kid));
  require(new Set(kids).size === kids.length, "list");
}

function readTitle(read) {
  const title = { en: read.text("en", 200), zh: read.text("zh", 120) };
  read.end();
  return title;
}

function readWitness(read) {
  const witness = { name: read.match("name", NODE_NAME), key: read.key("jwk") };
  read.end();
  return witness;
}

function readNode(read) {
  const node = {
    name: read.match("name", NODE_NAME),
    title: readTitle(read.object("title")),
    ids: read.texts("ids", 1, 64, "inst_[0-9]{2}[0-9A-Y]{0,16}"),
    regions: read.texts("regions", 1, 64, "[0-9]{2,6}"),
    types: read.texts("types", 1, 64, "[a-z_]{1,30}/[1-9][0-9]?"),
    registrars: read.integer("registrars", 2, 8),
    keys: read.objects("keys", 1, 64).map((each) => readKey(each, USES)),
    statusUrl: read.match("status_url", URI),
    recordsUrl: read.match("records_url", URI),
  };
  read.end();
  return node;
}

function readChain(read) {
  const chain = {
    id: read.match("id", CHAIN),
    genesis: b64u(read.octets("genesis", 32)),
    contract: read.match("contract", "0x[0-9a-f]{40}|[A-Za-z0-9_-]{43}"),
    codeDigest: read.octets("code_digest", 32),
    driver: read.oneOf("driver", ["evm", "local"]),
    assurance: read.oneOf("assurance", ["demo", "production"]),
    minimum: read.oneOf("minimum", EVIDENCE),
    title: readTitle(read.object("title")),
  };
  read.end();
  const isLocal = chain.driver === "local";
  read.check(isLocal === chain.id.startsWith("local:"), "driver");
  const mayBeLocal = isLocal && chain.assurance === "demo";
  read.check(chain.minimum !== "local" || mayBeLocal, "minimum");
  return chain;
}

function readArtifact(read) {
  const name = read.match("name", "[a-z0-9][a-z0-9.-]{0,62}");
  const artifact = { name, sm3: b64u(read.octets("sm3", 32)) };
  read.end();
  return artifact;
}

function readCutOff(read) {
  const cutOff = {
    kid: read.match("kid", "[A-Za-z0-9_-]{43}"),
    reason: read.oneOf("reason", CUT_REASONS),
    at: read.instant("at"),
    keep: read.objects("keep", 0, 1000).map(readKept),
  };
  read.end();
  read.check(isAscending(cutOff.keep.map(({ lineage }) => lineage)), "keep");
  return cutOff;
}

function readKept(read) {
  const kept = { ...splitYear(read.match("origin", ORIGIN)), size: read.integer("size", 0) };
  read.end();
  return kept;
}

function splitYear(origin) {
  const at = origin.lastIndexOf("/");
  return { lineage: origin.slice(0, at), year: Number(origin.slice(at + 1)) };
}

export function cutOffOf(list, kid) {
  return list.cutOffs.find((each) => each.kid === kid);
}

/** Whether what this key signed in entry `index` of the log counts no longer. */
export function isCut(list, kid, origin, index) {
  const cutOff = cutOffOf(list, kid);
  if (!cutOff) return false;
  if (!matches(origin, ORIGIN)) return true;
  const { lineage, year } = splitYear(origin);
  const kept = cutOff.keep.find((each) => each.lineage === lineage);
  if (!kept) return true;
  return year > kept.year || (year === kept.year && index >= kept.size);
}
