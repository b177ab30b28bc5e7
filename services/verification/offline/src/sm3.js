// SM3, the national hash function (GB/T 32905-2016). Output 32 bytes; words are big-endian.
//
// Padding and buffering are those of @noble/hashes' Merkle-Damgard base; the compression function
// is written here after clause 5.3 and tested with the vectors of the standard.

import { HashMD } from "@noble/hashes/_md.js";

const IV = [
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
];
const WORDS = new Uint32Array(68);

function left(word, count) {
  return (word << count) | (word >>> (32 - count));
}

// The constants T_j, already rotated by j.
const T = Uint32Array.from({ length: 64 }, (_, j) =>
  left(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32),
);

const p0 = (x) => x ^ left(x, 9) ^ left(x, 17);
const p1 = (x) => x ^ left(x, 15) ^ left(x, 23);

function expand(view, offset) {
  for (let j = 0; j < 16; j += 1) WORDS[j] = view.getUint32(offset + 4 * j);
  for (let j = 16; j < 68; j += 1) {
    WORDS[j] =
      p1(WORDS[j - 16] ^ WORDS[j - 9] ^ left(WORDS[j - 3], 15)) ^
      left(WORDS[j - 13], 7) ^
      WORDS[j - 6];
  }
}

class Sm3 extends HashMD {
  constructor() {
    super(64, 32, 8, false);
    this.state = Uint32Array.from(IV);
  }

  get() {
    return [...this.state];
  }

  set(...words) {
    this.state.set(words);
  }

  process(view, offset) {
    expand(view, offset);
    let [a, b, c, d, e, f, g, h] = this.state;
    for (let j = 0; j < 64; j += 1) {
      const a12 = left(a, 12);
      const ss1 = left((a12 + e + T[j]) | 0, 7);
      const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
      const tt1 = (ff + d + (ss1 ^ a12) + (WORDS[j] ^ WORDS[j + 4])) | 0;
      const tt2 = (gg + h + ss1 + WORDS[j]) | 0;
      d = c;
      c = left(b, 9);
      b = a;
      a = tt1;
      h = g;
      g = left(f, 19);
      f = e;
      e = p0(tt2);
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => (this.state[at] ^= word));
  }

  // The base wipes what it hashed; here everything is public.
  roundClean() {}

  destroy() {}
}

/** SM3 of the parts, one after the other. */
export function sm3(...parts) {
  const hash = new Sm3();
  for (const part of parts) hash.update(part);
  return hash.digest();
}
