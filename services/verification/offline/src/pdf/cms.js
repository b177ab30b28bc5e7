// The message of a signed PDF: SignedData of GM/T 0010 with one self-issued SM2 certificate.
// docs/formats/document-signature-v1.md
//
// One spelling: what is found is written anew and must be the same bytes, so nothing can be
// changed, added or taken away unnoticed. No trust comes from the certificate.
//
// Refused: form when reading; signature when checking.

import { fromUtf8, join, Refused, require, same, toHex, utf8 } from "../bytes.js";
import { publicKey, verify } from "../sm2.js";
import { sm3 } from "../sm3.js";
import { element, integer, octets, oid, Reader, sequence, set, TAG, time } from "./der.js";

const CONTEXT_0 = 0xa0;
const CONTEXT_3 = 0xa3;

const DATA = oid("1.2.156.10197.6.1.4.2.1");
const SIGNED_DATA = oid("1.2.156.10197.6.1.4.2.2");
const SM3 = sequence(oid("1.2.156.10197.1.401"));
const SM2 = sequence(oid("1.2.156.10197.1.301.1"));
const SM2_WITH_SM3 = sequence(oid("1.2.156.10197.1.501"));
const SM2_KEY = sequence(oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301"));
const VERSION_1 = integer(Uint8Array.of(1));
const VERSION_3 = element(CONTEXT_0, integer(Uint8Array.of(2)));
const WITHOUT_END = element(TAG.generalTime, utf8("99991231235959Z"));
const CRITICAL = element(TAG.boolean, Uint8Array.of(0xff));

/** The message of exactly the bytes that a node would write. */
export function readMessage(bytes) {
  try {
    const signed = takeMessage(bytes);
    require(same(writeMessage(signed), bytes), "form");
    return signed;
  } catch (error) {
    if (error instanceof Refused) throw new Refused("form");
    throw error;
  }
}

function takeMessage(bytes) {
  const signed = new Reader(bytes).inside(TAG.sequence).skip(TAG.oid).inside(CONTEXT_0);
  const parts = signed.inside(TAG.sequence).skip(TAG.integer, TAG.set, TAG.sequence);
  const certificate = takeCertificate(parts.take(CONTEXT_0));
  const signer = parts.inside(TAG.set).inside(TAG.sequence);
  signer.skip(TAG.integer, TAG.sequence, TAG.sequence);
  const attributes = signer.inside(CONTEXT_0).skip(TAG.sequence);
  const at = value(attributes).time();
  const digest = value(attributes).take(TAG.octets);
  const signature = takeSignature(signer.skip(TAG.sequence).take(TAG.octets));
  return { certificate, at, digest, signature };
}

function value(attributes) {
  return attributes.inside(TAG.sequence).skip(TAG.oid).inside(TAG.set);
}

function takeCertificate(bytes) {
  const outer = new Reader(bytes).inside(TAG.sequence);
  const signed = outer.inside(TAG.sequence).skip(CONTEXT_0, TAG.integer, TAG.sequence);
  const attribute = signed.inside(TAG.sequence).inside(TAG.set).inside(TAG.sequence);
  const name = fromUtf8(attribute.skip(TAG.oid).take(TAG.utf8));
  const since = signed.inside(TAG.sequence).time();
  const spki = signed.skip(TAG.sequence).take(TAG.sequence);
  const key = publicKey(spki.slice(-64));
  const signature = takeSignature(outer.skip(TAG.sequence).take(TAG.bits).subarray(1));
  return { name, since, key, signature };
}

/** r||s of a DER signature. */
function takeSignature(bytes) {
  const pair = new Reader(bytes).inside(TAG.sequence);
  return join(scalar(pair.take(TAG.integer)), scalar(pair.take(TAG.integer)));
}

function scalar(digits) {
  const bytes = new Uint8Array(32);
  require(digits.length <= 33, "form");
  bytes.set(digits.slice(-32), 32 - Math.min(32, digits.length));
  return bytes;
}

function writeMessage({ certificate, at, digest, signature }) {
  const signer = sequence(
    VERSION_1,
    sequence(writeName(certificate.name), serial(certificate.key)),
    SM3,
    element(CONTEXT_0, writeAttributes(digest, at)),
    SM2,
    octets(writeSignature(signature)),
  );
  const signed = sequence(
    VERSION_1,
    set(SM3),
    sequence(DATA),
    element(CONTEXT_0, writeCertificate(certificate)),
    set(signer),
  );
  return sequence(SIGNED_DATA, element(CONTEXT_0, signed));
}

/** Content type, time of signing and digest, in the order of their encodings. */
function writeAttributes(digest, at) {
  const attributes = [
    sequence(oid("1.2.840.113549.1.9.3"), set(DATA)),
    sequence(oid("1.2.840.113549.1.9.5"), set(time(at))),
    sequence(oid("1.2.840.113549.1.9.4"), set(octets(digest))),
  ];
  return join(...attributes.sort((left, right) => (toHex(left) < toHex(right) ? -1 : 1)));
}

function writeCertificate({ name, since, key, signature }) {
  const bits = element(TAG.bits, Uint8Array.of(0), writeSignature(signature));
  return sequence(toBeSigned({ name, since, key }), SM2_WITH_SM3, bits);
}

function toBeSigned({ name, since, key }) {
  require(name.length >= 1 && name.length <= 64, "form");
  return sequence(
    VERSION_3,
    serial(key),
    SM2_WITH_SM3,
    writeName(name),
    sequence(time(since), WITHOUT_END),
    writeName(name),
    spkiOf(key),
    extensions(key),
  );
}

function spkiOf({ xy }) {
  return sequence(SM2_KEY, element(TAG.bits, Uint8Array.of(0, 4), xy));
}

function writeName(name) {
  return sequence(set(sequence(oid("2.5.4.3"), element(TAG.utf8, utf8(name)))));
}

/** 16 bytes of the key's digest, shifted right by one bit, the last bit set. */
function serial(key) {
  const bytes = sm3(spkiOf(key)).slice(0, 16);
  let carried = 0;
  const shifted = bytes.map((byte) => {
    const moved = (carried << 7) | (byte >> 1);
    carried = byte & 1;
    return moved;
  });
  shifted[15] |= 1;
  return integer(shifted);
}

function extensions(key) {
  const listed = [
    sequence(oid("2.5.29.19"), CRITICAL, octets(sequence())),
    sequence(oid("2.5.29.15"), CRITICAL, octets(element(TAG.bits, Uint8Array.of(6, 0xc0)))),
    sequence(oid("2.5.29.14"), octets(octets(sm3(spkiOf(key)).subarray(0, 20)))),
  ];
  return element(CONTEXT_3, sequence(...listed));
}

function writeSignature(rs) {
  return sequence(integer(rs.subarray(0, 32)), integer(rs.subarray(32)));
}

const selfSigned = new Set();

/** Refused unless the key signed its own certificate; a node's is the same in all its files. */
export function checkSelfSigned(certificate) {
  const name = toHex(writeCertificate(certificate));
  if (selfSigned.has(name)) return;
  verify(certificate.key, toBeSigned(certificate), certificate.signature);
  if (selfSigned.size > 100) selfSigned.clear();
  selfSigned.add(name);
}

/** Refused unless the certificate's key signed the attributes. */
export function checkSigner({ certificate, digest, at, signature }) {
  verify(certificate.key, set(writeAttributes(digest, at)), signature);
}
