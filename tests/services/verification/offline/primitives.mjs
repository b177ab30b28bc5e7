// The primitives of the offline page against vectors: one line of JSON in, one answer out.

import { unb64u } from "../../../../services/verification/offline/src/bytes.js";
import { loads } from "../../../../services/verification/offline/src/canonical.js";
import { verifyInclusion } from "../../../../services/verification/offline/src/merkle.js";
import { REASONS } from "../../../../services/verification/offline/src/reasons.js";
import { publicKey, verify } from "../../../../services/verification/offline/src/sm2.js";
import { sm3 } from "../../../../services/verification/offline/src/sm3.js";
import { cell } from "../../../../services/verification/offline/src/ui/csv.js";
import { readFileSync } from "node:fs";

const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));

const ACTS = {
  sm3: ({ data }) => Buffer.from(sm3(bytes(data))).toString("hex"),
  sm2: ({ xy, message, signature }) => verify(publicKey(bytes(xy)), bytes(message), bytes(signature)),
  base64url: ({ text }) => void unb64u(text),
  canonical: ({ data }) => void loads(bytes(data)),
  merkle: ({ leaf, index, size, proof, root }) =>
    verifyInclusion({ leaf: bytes(leaf), index, size, proof: proof.map(bytes), root: bytes(root) }),
  cell: ({ text }) => cell(text),
  reasons: () =>
    Object.fromEntries(Object.entries(REASONS).map(([check, table]) => [check, Object.fromEntries(table)])),
};

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { act, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = { value: ACTS[act](given) ?? true };
  } catch (error) {
    answer = { refused: error.constructor.name === "Refused" ? error.code : String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
