// Inclusion proofs of the log's tree (RFC 9162 section 2.1.3 with SM3). docs/formats/entry-v1.md
//
// Refused: proof. A missing and a surplus node are refused by the length that size and index ask
// for, before anything is hashed. Sizes go up to 2^53, so their bits are taken by BigInt.

import { require, same } from "./bytes.js";
import { sm3 } from "./sm3.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(bytes) {
  return sm3(LEAF, bytes);
}

function bits(value) {
  return value === 0n ? "" : value.toString(2);
}

/** Refused unless `leaf` is number `index` of the tree of `size` under `root`. */
export function verifyInclusion({ leaf, index, size, proof, root }) {
  require(index >= 0 && index < size, "proof");
  // Up to where the ways to this leaf and to the last one meet, a bit of the index tells the
  // side of a proof node; above it there are only left siblings, one for each set bit.
  const [wide, last] = [BigInt(index), BigInt(size) - 1n];
  const inner = bits(wide ^ last).length;
  const border = bits(wide >> BigInt(inner)).replace(/0/g, "").length;
  require(proof.length === inner + border, "proof");
  let top = leaf;
  proof.forEach((node, level) => {
    const isLeft = level >= inner || (wide >> BigInt(level)) & 1n;
    top = isLeft ? sm3(NODE, node, top) : sm3(NODE, top, node);
  });
  require(same(top, root), "proof");
}
