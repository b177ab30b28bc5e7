// The desk: files that were handed in, what they are judged by, and the verdicts so far.
//
// One file after the other, giving the page room to breathe in between; when a trust list, a pack
// or another time comes, everything is judged again. The clock is read here and nowhere else.

import { b64u, Refused, require } from "../bytes.js";
import { sm3 } from "../sm3.js";
import { bytesOf, kindOf, MOST_FILES } from "./intake.js";
import { keep } from "./memory.js";
import { stateOf } from "./outlook.js";

const BASIS = ["root", "list", "pack", "page"]; // in the order in which they are looked at
const BREATH = 50; // milliseconds of work before the page may redraw

function now() {
  return Math.floor(Date.now() / 1000);
}

function breathe() {
  return new Promise((resolve) => setTimeout(resolve));
}

export class Desk {
  /** `changed` is called whenever there is something new to show. */
  constructor(verifier, changed) {
    this.verifier = verifier;
    this.changed = changed;
    this.asOf = null;
    this.rows = [];
    this.notices = [];
    this.remembers = true;
    this.progress = null;
    this.took = 0;
    this.round = 0;
  }

  now() {
    return now();
  }

  /** Take files in: first what to judge by, then the certificates. */
  async take(files) {
    const [certificates, basis] = [[], []];
    this.notices = [];
    this.progress = { done: 0, total: this.rows.length + files.length };
    this.changed(true);
    for (const file of files) {
      const { kind, bytes } = await kindOf(file);
      if (BASIS.includes(kind)) basis.push({ kind, file, bytes });
      else certificates.push(file);
    }
    basis.sort((left, right) => BASIS.indexOf(left.kind) - BASIS.indexOf(right.kind));
    for (const each of basis) {
      if (!this.takeBasis(each)) certificates.push(each.file);
    }
    const taken = certificates.slice(0, MOST_FILES);
    const left = certificates.length - taken.length;
    if (left > 0) this.notice("too_many", "unknown", { most: MOST_FILES, left });
    this.rows.push(...taken.map((file) => ({ file, name: file.name, verdict: null })));
    await this.judgeAll();
  }

  notice(code, tone, params) {
    this.notices.push({ code, tone, params });
  }

  /** Use a list, a pack, a root or a page; false for what is none of them after all. */
  takeBasis({ kind, file, bytes }) {
    const named = { file: file.name };
    if (kind === "page") return this.comparePage(named, bytes);
    if (kind === "root") this.notice("refused_root", "unknown", named);
    if (kind === "list") this.tellList(this.verifier.offerListBytes(bytes, now()), named);
    if (kind === "pack") this.takePack(named, bytes);
    return true;
  }

  takePack(named, bytes) {
    try {
      const { pack, problem } = this.verifier.offerPack(bytes, now());
      if (pack.trust !== null) this.tellList(problem, named);
      require(this.verifier.isSound(pack, now()), "pack");
      this.notice("added_pack", "pass", { node: pack.node });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.notice("refused_pack", "fail", named);
    }
  }

  tellList(problem, named) {
    const { list, root, seen } = this.verifier;
    if (problem === null) {
      this.remembers = keep(root.fingerprint, seen);
      this.notice("added_list", "pass", { seq: list.seq });
      return;
    }
    // A pack may bring an older list than the one in use: nothing is wrong with that.
    if (problem === "trust_list_rollback" && list !== null) return;
    this.notice("refused_list", "fail", { ...named, reason: { term: `issuer.${problem}` } });
  }

  /** Whether a file is a page that the trust list vouches for. */
  comparePage(named, bytes) {
    const digest = b64u(sm3(bytes));
    const artifact = this.verifier.list?.artifacts?.find((each) => each.sm3 === digest);
    if (!artifact) return false;
    this.notice("known_page", "pass", { ...named, name: artifact.name });
    return true;
  }

  setTime(asOf) {
    this.asOf = asOf;
    return this.judgeAll();
  }

  clear() {
    this.round += 1;
    this.rows = [];
    this.notices = [];
    this.progress = null;
    this.changed();
  }

  /** Judge every file anew; a later call takes over from an earlier one. */
  async judgeAll() {
    this.round += 1;
    const [round, started] = [this.round, performance.now()];
    let breathed = started;
    this.progress = { done: 0, total: this.rows.length };
    this.changed();
    for (const row of this.rows) {
      if (round !== this.round) return;
      await this.judge(row);
      this.progress.done += 1;
      if (performance.now() - breathed < BREATH) continue;
      this.changed(true);
      await breathe();
      breathed = performance.now();
    }
    if (round !== this.round) return;
    this.took = (performance.now() - started) / 1000;
    this.progress = null;
    this.changed();
  }

  async judge(row) {
    try {
      const bytes = await bytesOf(row.file);
      row.verdict = await this.verifier.verify(bytes, { now: now(), asOf: this.asOf });
      row.state = stateOf(row.verdict);
    } catch {
      // A mistake of this page must not pass for an answer about the file.
      row.verdict = null;
      row.state = "undetermined";
    }
  }
}
