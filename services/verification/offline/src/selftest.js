// Known answers: before anything is verified, SM3 and SM2 must give theirs, and refuse a wrong one.
// They also warm up: what runs once before the first file runs faster on it.

import { same, utf8 } from "./bytes.js";
import { publicKey, verify } from "./sm2.js";
import { sm3 } from "./sm3.js";

// GB/T 32905-2016, annex A.1
const ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
// SM2 with SM3 and the default ID, by the private key 2, over the text of MESSAGE
const MESSAGE = "kexin self-test";
const KEY =
  "56cefd60d7c87c000d58ef57fa73ba4d9c0dfa08c08a7331495c2e1da3f2bd52" +
  "31b7e7e6cc8189f668535ce0f8eaf1bd6de84c182f6c8e716f780d3a970a23c3";
const SIGNATURE =
  "94a506919a4e1c44ccd76713ebca8dd9b84fb10320242b3dced4aee35ee59531" +
  "66324b3bfd122a01ed9d2a9b6b9733deec5fed5c8fec139f66b94cddaf435d59";

function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

function refuses(act) {
  try {
    act();
  } catch {
    return true;
  }
  return false;
}

/** Whether the cryptography of this page gives the right answers in this browser. */
export function passesSelfTest() {
  const [key, signature] = [publicKey(bytesOf(KEY)), bytesOf(SIGNATURE)];
  const broken = signature.map((byte, at) => (at === 63 ? byte ^ 1 : byte));
  const message = utf8(MESSAGE);
  return (
    same(sm3(utf8("abc")), bytesOf(ABC)) &&
    !refuses(() => verify(key, message, signature)) &&
    refuses(() => verify(key, message, broken)) &&
    refuses(() => verify(key, utf8(`${MESSAGE}.`), signature))
  );
}
