// SM2 keys and the verification of signatures (GB/T 32918.2-2016 clause 7, curve of part 5).
//
// Points are those of @noble/curves' short Weierstrass arithmetic; here are the curve's numbers,
// Z (clause 5.5) with the one ID that our formats use, and the equation. A key of which many
// signatures are checked gets a table of multiples, which makes each check several times faster.
//
// Refused: point_length, point, jwk; signature.

import { weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { b64u, join, require, toHex, unb64u, utf8 } from "./bytes.js";
import { sm3 } from "./sm3.js";

const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const CURVE = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: N,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};
const Point = weierstrass(CURVE);
const FIELD = 32;
const ID = utf8("1234567812345678");
const TABLE_FROM = 4; // uses of a key after which a table of its multiples pays
const WINDOW = 5;

function number(bytes) {
  return BigInt(`0x${toHex(bytes)}`);
}

function octets(value) {
  const hex = value.toString(16).padStart(2 * FIELD, "0");
  return Uint8Array.from({ length: FIELD }, (_, at) => parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

// ENTL, the ID in bits, then the ID and the curve: the part of Z's input that no key changes.
const Z_HEAD = join(
  Uint8Array.of(0, 8 * ID.length),
  ID,
  ...[CURVE.a, CURVE.b, CURVE.Gx, CURVE.Gy].map(octets),
);

class PublicKey {
  constructor(xy) {
    this.xy = xy;
    const [x, y] = [b64u(xy.subarray(0, FIELD)), b64u(xy.subarray(FIELD))];
    this.kid = b64u(sm3(utf8(`{"crv":"SM2-P-256","kty":"EC","x":"${x}","y":"${y}"}`)));
    this.z = sm3(Z_HEAD, xy);
    this.uses = 0;
    this.point = readPoint(xy);
  }

  /** Make the table of multiples now. */
  prepare() {
    if (this.uses < TABLE_FROM) this.point.precompute(WINDOW, false);
    this.uses = TABLE_FROM;
  }
}

function readPoint(xy) {
  try {
    const [x, y] = [number(xy.subarray(0, FIELD)), number(xy.subarray(FIELD))];
    const point = Point.fromAffine({ x, y });
    point.assertValidity();
    return point;
  } catch {
    require(false, "point");
  }
}

const known = new Map();

/** The key of X||Y, the same object for the same key: it keeps its table. */
export function publicKey(xy) {
  require(xy.length === 2 * FIELD, "point_length");
  const name = toHex(xy);
  if (!known.has(name)) {
    const key = new PublicKey(xy);
    if (known.size > 2000) known.clear();
    known.set(name, key);
  }
  return known.get(name);
}

/** The key of a JWK with exactly crv, kty, x and y. */
export function fromJwk(jwk) {
  const isObject = typeof jwk === "object" && jwk !== null && !Array.isArray(jwk);
  require(isObject && Object.keys(jwk).sort().join() === "crv,kty,x,y", "jwk");
  require(jwk.crv === "SM2-P-256" && jwk.kty === "EC", "jwk");
  const { x, y } = jwk;
  require(typeof x === "string" && typeof y === "string" && x.length === y.length, "jwk");
  return publicKey(join(unb64u(x), unb64u(y)));
}

/** Refused unless `signature`, r||s, is the key's over the message. */
export function verify(key, message, signature) {
  require(signature.length === 2 * FIELD, "signature");
  const r = number(signature.subarray(0, FIELD));
  const s = number(signature.subarray(FIELD));
  require(r > 0n && r < N && s > 0n && s < N, "signature");
  const t = (r + s) % N;
  require(t !== 0n, "signature");
  const e = number(sm3(key.z, message));
  key.uses += 1;
  if (key.uses === TABLE_FROM) key.point.precompute(WINDOW, false);
  const sum = Point.BASE.multiplyUnsafe(s).add(key.point.multiplyUnsafe(t));
  require(!sum.is0() && (e + sum.toAffine().x) % N === r, "signature");
}
