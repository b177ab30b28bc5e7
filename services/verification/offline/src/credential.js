// Credentials: SD-JWTs (RFC 9901) signed with SM2. docs/formats/credential-v1.md
//
// Strict: a holder may leave disclosures out and change nothing else. What is disclosed but does
// not belong to the credential is `foreign`; the credential without it is still judged.
//
// Refused: test, type_unknown (type); credential for everything else.

import { b64u, Refused, require, unb64u, utf8 } from "./bytes.js";
import { loads } from "./canonical.js";
import { isInstitutionId, isNumber, parseNumber } from "./codes.js";
import { NOTICE_SENTENCE, TEST, TYPES } from "./credential_types.js";
import { shanghaiYear } from "./instants.js";
import { parseCompact } from "./jws.js";
import { Members } from "./members.js";
import { sm3 } from "./sm3.js";

const TYP = "dc+sd-jwt";
const MAX_LENGTH = 32768;
const SALT_SIZE = 16;
const DIGEST = "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]";

export const URI = "https?://[!-~]{1,200}";
export const MAX_INDEX = 2 ** 24 - 1;

/** Take a credential apart and check its form; the signature is not looked at. */
export function parseCredential(text) {
  require([...text].length <= MAX_LENGTH, "credential");
  const [jwt, ...disclosures] = text.split("~");
  require(disclosures.length > 0 && disclosures.pop() === "", "credential");
  const token = parseCompact(jwt);
  require(token.typ === TYP, "credential");
  const body = readBody(token.payload);
  const claims = readClaims(disclosures, body);
  return {
    token,
    body,
    kid: token.kid,
    digest: sm3(utf8(jwt)),
    claims: claims ?? {},
    foreign: claims === null,
    missing: body.rules.minimum.filter((name) => !Object.hasOwn(claims ?? {}, name)),
  };
}

function readBody(payload) {
  const read = new Members(loads(payload));
  read.constant("_sd_alg", "sm3");
  const status = readStatus(read.object("status"));
  const type = read.match("vct", "[a-z_]{1,30}/[1-9][0-9]?");
  require(type !== TEST, "test");
  if (!TYPES.has(type)) throw new Refused("type_unknown", { type });
  const rules = TYPES.get(type);
  const body = {
    type,
    rules,
    status,
    issuer: read.code("iss", isInstitutionId),
    issued: read.seconds("iat"),
    number: read.code("number", isNumber),
    level: read.oneOf("level", rules.levels),
    category: read.oneOf("category", rules.categories),
    notice: read.orAbsent("notice", (name) => readNotice(read.object(name))),
    supersedes: read.orAbsent("supersedes", (name) => read.octets(name, 32)),
    expires: read.orAbsent("exp", (name) => read.seconds(name)),
    digests: new Set(read.texts("_sd", rules.digests, rules.digests, DIGEST)),
  };
  read.end();
  checkBody(body);
  return body;
}

function checkBody({ category, notice, rules, number, issued, expires }) {
  require(notice !== null || !rules.contests.includes(category), "credential");
  const parsed = parseNumber(number);
  const year = shanghaiYear(issued);
  require(parsed.category === category && [year - 1, year].includes(parsed.year), "credential");
  require(expires === null || expires > issued, "credential");
}

function readStatus(place) {
  const list = place.object("status_list");
  const status = { uri: list.match("uri", URI), index: list.integer("idx", 0, MAX_INDEX) };
  list.end();
  place.end();
  return status;
}

function readNotice(read) {
  read.constant("sentence", NOTICE_SENTENCE);
  const notice = { approval_number: read.text("approval_number", 80), sentence: NOTICE_SENTENCE };
  read.end();
  return notice;
}

/** The disclosed claims in their order; null if one does not belong to the credential. */
function readClaims(disclosures, body) {
  const order = Object.keys(body.rules.disclosable);
  const claims = {};
  let last = -1;
  for (const text of disclosures) {
    const found = readDisclosure(text);
    if (found === null || !body.digests.has(b64u(sm3(utf8(text))))) return null;
    const [name, value] = found;
    const place = order.indexOf(name);
    if (place <= last || !body.rules.disclosable[name](value)) return null;
    claims[name] = value;
    last = place;
  }
  return claims;
}

function readDisclosure(text) {
  try {
    const found = loads(unb64u(text));
    const isTriple = Array.isArray(found) && found.length === 3;
    if (!isTriple || !found.every((part) => typeof part === "string")) return null;
    return unb64u(found[0]).length === SALT_SIZE ? found.slice(1) : null;
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}
