// What was dropped: certificates to judge, and what they are to be judged by.
//
// A trust list and a status pack are told by what they say they are; everything else is a
// certificate, or the verdict says that it is none. A trust root is never taken from a file.

import { fromUtf8, Refused, unb64u } from "../bytes.js";
import { FORMAT as PACK_FORMAT, MAX_SIZE as MAX_PACK } from "../status_pack.js";
import { MAX_SIZE as MAX_PDF } from "../pdf/attachment.js";

export const MOST_FILES = 300;
const LIST_TYP = "kexin-trust-list+jws";
const ROOT_FORMAT = "kexin/trust-root/v1";

/** The bytes of a file, but no more of it than is needed to see that it is too large. */
export async function bytesOf(file) {
  const [first] = new Uint8Array(await file.slice(0, 1).arrayBuffer());
  const most = first === 0x7b ? MAX_PACK : MAX_PDF;
  return new Uint8Array(await file.slice(0, most + 1).arrayBuffer());
}

/** "list", "pack", "root", "page" or "certificate". */
export async function kindOf(file) {
  const [first] = new Uint8Array(await file.slice(0, 1).arrayBuffer());
  if (first === 0x3c) return "page";
  if (first !== 0x7b || file.size > MAX_PACK) return "certificate";
  const value = valueOf(await bytesOf(file));
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
