// The whole verifier behind one object: a root that never changes, a trust list and status packs
// that are handed in, and verdicts on bytes. Nothing here touches a page, a clock or a network.
//
//     const verifier = new Verifier(rootBytes, catalogue);
//     verifier.offerList(document, now);       // or offerPack(bytes, now)
//     const verdict = await verifier.verify(bytes, { now });

import { Refused } from "./bytes.js";
import { loads } from "./canonical.js";
import { isOfNode } from "./checks/status.js";
import { Messages } from "./messages.js";
import { parsePack } from "./status_pack.js";
import { findNode } from "./trust.js";
import { openList } from "./trust_list.js";
import { parseRoot } from "./trust_root.js";
import { judge } from "./verdict.js";

const MISSING = "trust_list_missing";
const PREPARED_KEYS = 16;

export class Verifier {
  /** `seen` is {seq, digest} of the newest trust list accepted before, or null. */
  constructor(rootBytes, catalogue, seen = null) {
    this.root = parseRoot(rootBytes);
    this.messages = new Messages(catalogue);
    this.seen = seen;
    this.list = null;
    this.problem = MISSING;
    this.packs = [];
  }

  /** Take a trust list document if it opens; null, or why it cannot be used. */
  offerList(document, now) {
    try {
      const list = openList(document, this.root, { now, seen: this.seen });
      this.list = list;
      this.seen = { seq: list.seq, digest: list.digest };
      prepareKeys(list);
      return null;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.list === null && this.problem === MISSING) this.problem = error.code;
      return error.code;
    }
  }

  /** Take the bytes of a trust list. */
  offerListBytes(bytes, now) {
    return this.offerList(valueOf(bytes), now);
  }

  /** Take a status pack and the trust list in it. Refused if it is none. */
  offerPack(bytes, now) {
    const pack = parsePack(bytes);
    this.packs.push(pack);
    return { pack, problem: pack.trust === null ? null : this.offerList(pack.trust, now) };
  }

  /** Keep a pack only if it is of a listed node, by its key; without a list it is kept. */
  isSound(pack, now) {
    const { list } = this;
    const node = findNode(list, pack.node);
    if (list === null || (node !== null && isOfNode(pack, node, { list, now }))) return true;
    this.packs = this.packs.filter((each) => each !== pack);
    return false;
  }

  /** The verdict on a file. `asOf`: seconds, "bundle" or null; `require`: evidence or null. */
  verify(bytes, { now, asOf = null, require = null }) {
    // A list that was in force when it came may be over by now.
    const isOver = this.list !== null && now >= this.list.nextUpdate;
    const list = isOver ? null : this.list;
    const problem = isOver ? "trust_list_expired" : this.problem;
    return judge(bytes, { list, problem, packs: this.packs, now, asOf, require });
  }
}

/** The keys that every file will need: their tables are made before the first one comes. */
function prepareKeys(list) {
  const keys = list.nodes.flatMap((node) => node.keys.map(({ key }) => key));
  keys.slice(0, PREPARED_KEYS).forEach((key) => key.prepare());
}

function valueOf(bytes) {
  try {
    return loads(bytes);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}
