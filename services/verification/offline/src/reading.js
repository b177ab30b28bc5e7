// From bytes to the parts of a bundle: the check `format`, and for a PDF its signature.
//
// The first bytes tell what it may be: a bundle, a credential alone, or a PDF that carries one.

import { fromUtf8, isAscii, Refused, require, startsWith, toLatin1, utf8 } from "./bytes.js";
import { MAX_SIZE, part, readBundle } from "./bundle.js";
import { parseCredential } from "./credential.js";
import { found, term, Unproven } from "./finding.js";
import { attachment } from "./pdf/attachment.js";
import { readSignature } from "./pdf/file_signature.js";

const PICTURES = ["\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "GIF8", "BM", "II*\0", "MM\0*"];
const BOXED_PICTURES = ["WEBP", "ftypheic", "ftypmif1", "ftypavif"];

/** {format, material, document}: material is null where there is nothing to judge. */
export async function read(bytes) {
  if (startsWith(bytes, utf8("%PDF-"))) return readPdf(bytes);
  if (startsWith(bytes, utf8("{"))) return readBundleFile(bytes);
  if (startsWith(bytes, utf8("ey")) && bytes.includes(0x7e)) return readCredential(bytes);
  return { format: found("format", isPicture(bytes) ? "picture" : "not_ours"), material: null };
}

function isPicture(bytes) {
  const head = toLatin1(bytes.subarray(0, 16));
  const boxed = BOXED_PICTURES.some((mark) => head.slice(4).includes(mark));
  return boxed || PICTURES.some((mark) => head.startsWith(mark));
}

function readBundleFile(bytes) {
  return attempt("bundle", () => readBundle(bytes));
}

function readCredential(bytes) {
  return attempt("credential_only", () => {
    require(bytes.length <= MAX_SIZE, "too_large", { limit_kb: MAX_SIZE / 1024 });
    const credential = part("credential", () => {
      const text = fromUtf8(bytes);
      require(isAscii(text), "ascii");
      return parseCredential(text);
    });
    return { credential, assertion: null, located: null, registered: null };
  });
}

function attempt(reason, act) {
  try {
    return { format: found("format", reason), material: act() };
  } catch (error) {
    return { format: refused(error), material: null };
  }
}

function refused(error) {
  if (!(error instanceof Refused)) throw error;
  const { part: name, ...params } = error.params;
  if (name) params.part = term(`part.${name}`);
  return found("format", error.code, { params });
}

/** The attached bundle, and the signature over the file. */
async function readPdf(bytes) {
  const document = signatureOf(bytes);
  try {
    return { ...readBundleFile(await attachment(bytes)), document };
  } catch (error) {
    return { format: refused(error), material: null, document };
  }
}

function signatureOf(bytes) {
  try {
    return readSignature(bytes);
  } catch (error) {
    if (!(error instanceof Unproven)) throw error;
    return found("document", error.code, { params: error.params });
  }
}
