// Every check of a verdict and every reason it can give offline, with the result that follows.
// docs/formats/verdict-v1.md
//
// What only an online verifier can find is not here. A test compares both tables.

export const CHECKS = [
  "format", "document", "signature", "disclosure", "issuer", "key_at_time", "accreditation",
  "dates", "status", "log", "anchor",
];

const TRUST_PROBLEMS = [
  "missing", "unreadable", "root", "signature", "expired", "not_yet", "rollback", "broken_chain",
].map((problem) => `trust_list_${problem}`);

function table(pass, fail, unknown) {
  const rows = { pass, fail, unknown };
  return new Map(
    Object.entries(rows).flatMap(([result, reasons]) => reasons.map((each) => [each, result])),
  );
}

export const REASONS = {
  format: table(
    ["bundle", "credential_only"],
    ["unreadable", "not_ours", "too_large", "attachments", "no_attachment", "picture",
      "test"],
    ["type_unknown"],
  ),
  document: table(
    ["signed"],
    ["unsigned", "signatures", "form", "not_whole", "altered", "forged", "unknown_key",
      "not_in_force", "not_yet", "key_cut"],
    ["key_cut_before", "not_reached"],
  ),
  signature: table(
    ["genuine"],
    ["forged", "unknown_key", "algorithm"],
    ["issuer_not_established", "record_missing", "not_reached"],
  ),
  disclosure: table(["complete"], ["foreign"], ["incomplete", "not_reached"]),
  issuer: table(
    ["recorded"],
    ["node_unlisted", "other_issuer", "other_number", "registrars", "registrar_cut",
      "beyond_bounds", "record_not_logged", "record_anchor", "record_after_credential"],
    ["record_not_anchored", "record_missing", ...TRUST_PROBLEMS, "not_reached"],
  ),
  key_at_time: table(
    ["in_force"],
    ["not_in_force", "cut_off"],
    ["not_anchored", "not_reached"],
  ),
  accreditation: table(
    ["accredited"],
    ["not_accredited", "beyond_node"],
    ["not_anchored", "not_reached"],
  ),
  dates: table(["within"], ["not_yet", "expired"], ["not_reached"]),
  status: table(
    ["valid"],
    ["revoked", "suspended", "superseded", "elsewhere", "assertion"],
    ["status_as_of", "status_earlier", "status_cut", "list_unusable", "missing", "not_reached"],
  ),
  log: table(
    ["included"],
    ["other_entry", "other_log", "not_included", "checkpoint", "log_cut", "witness"],
    ["witness_unlisted", "witnesses_missing", "missing", "not_reached"],
  ),
  anchor: table(
    ["local", "receipt"],
    ["receipt_wrong", "other_head", "other_chain", "receipt_cut"],
    ["not_anchored", "chain_unlisted", "evidence_below", "receipt_alone", "not_reached"],
  ),
};
