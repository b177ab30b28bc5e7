// Runs the script of a built page without a page, and answers questions about it on stdin/stdout.
//
//     node verify.mjs PAGE FOLDER < cases.json > one line of JSON for each case
//
// The script is taken out of the HTML as it stands: what is tested is what is shipped.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInThisContext } from "node:vm";

const [, , pagePath, folder] = process.argv;
const page = readFileSync(pagePath, "utf8");
const block = (start, end) => page.split(start)[1].split(end)[0];
const script = block("\n<script>", "</script>");
const catalogue = JSON.parse(block('<script type="application/json" id="catalogue">', "</script>"));

runInThisContext(script);
const { Verifier, passesSelfTest, table } = globalThis.kexin;

const read = (name) => new Uint8Array(readFileSync(join(folder, name)));
const seconds = (text) => Date.parse(text) / 1000;

function content({ file, splice }) {
  const bytes = read(file);
  if (!splice) return bytes;
  const { at, remove, insert } = splice;
  return Uint8Array.from([
    ...bytes.subarray(0, at),
    ...Buffer.from(insert, "hex"),
    ...bytes.subarray(at + remove),
  ]);
}

async function judge(row) {
  const verifier = new Verifier(read("root.json"), catalogue, row.seen);
  const now = seconds(row.now);
  if (row.trust) verifier.offerListBytes(read(row.trust), now);
  for (const pack of row.packs) verifier.offerPack(read(pack), now);
  const asOf = row.as_of && row.as_of !== "bundle" ? seconds(row.as_of) : row.as_of;
  const verdict = await verifier.verify(content(row), { now, asOf, require: row.require });
  return { state: verdict.state, verdict: verdict.toJson(verifier.messages) };
}

const asked = JSON.parse(readFileSync(0, "utf8"));
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
if (asked.table) say(table(asked.table));
else {
  say(passesSelfTest());
  for (const row of asked) say(await judge(row));
}
