// What was dropped: certificates to judge, and what they are to be judged by.
//
// A trust list and a status pack are told by what they say they are; everything else is a
// certificate, or the verdict says that it is none. A trust root is never taken from a file.

import { fromUtf8, Refused, unb64u } from "../bytes.js";
import { FORMAT as PACK_FORMAT, MAX_SIZE as MAX_PACK } from "../status_pack.js";
import { MAX_SIZE as MAX_PDF } from "../pdf/attachment.js";

export const MOST_FILES = 300;
const [OPEN_BRACE, OPEN_ANGLE] = [0x7b, 0x3c];
const LIST_TYP = "kexin-trust-list+jws";
const ROOT_FORMAT = "kexin/trust-root/v1";

/** The bytes of a certificate, but no more of it than shows that it is too large. */
export function bytesOf(file) {
  return read(file, MAX_PDF + 1);
}

async function read(file, most) {
  return new Uint8Array(await file.slice(0, most).arrayBuffer());
}

/** {kind, bytes}: "list", "pack", "root", "page", or "certificate" with its bytes left alone. */
export async function kindOf(file) {
  const [first] = await read(file, 1);
  const isSmall = file.size <= (first === OPEN_BRACE ? MAX_PACK : MAX_PDF);
  if (![OPEN_BRACE, OPEN_ANGLE].includes(first) || !isSmall) return { kind: "certificate" };
  const bytes = await read(file, file.size);
  return { kind: first === OPEN_ANGLE ? "page" : kindOfJson(bytes), bytes };
}

function kindOfJson(bytes) {
  const value = valueOf(bytes);
  if (value?.format === PACK_FORMAT) return "pack";
  if (value?.format === ROOT_FORMAT) return "root";
  return typOf(value) === LIST_TYP ? "list" : "certificate";
}

function valueOf(bytes) {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch {
    return null;
  }
}

function typOf(value) {
  try {
    return JSON.parse(fromUtf8(unb64u(value.signatures[0].protected))).typ;
  } catch (error) {
    if (error instanceof Refused || error instanceof TypeError || error instanceof SyntaxError) {
      return null;
    }
    throw error;
  }
}
