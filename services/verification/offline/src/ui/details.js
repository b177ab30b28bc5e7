// One file's verdict at length: what the certificate states, and every check with its reason.

import { h, icon, save } from "./dom.js";
import { grouped } from "./basis.js";

const CLAIMS = [
  "name", "award", "award_date", "rank", "period", "programme", "class", "student_no", "subject",
  "statement",
];

export function details(row, desk, words) {
  const { verdict } = row;
  if (verdict === null) return h("p", {}, words.say("failed"));
  return h("div", { class: "details" },
    verdict.shown ? card(verdict.shown, words) : null,
    h("h3", {}, words.say("details_checks")),
    h("ul", { class: "checks" }, verdict.findings.map((each) => check(each, words))),
    h("dl", { class: "pairs" },
      pair(words.say("details_at"), words.moment(verdict.asOf)),
      pair(words.say("basis_root"), grouped(desk.verifier.root.fingerprint)),
      pair(words.say("basis_list"), String(desk.verifier.list?.seq ?? "–"))),
    h("p", {}, h("button", { class: "button", type: "button", onclick: () => report(row, desk) },
      words.say("details_save"))));
}

function report({ name, verdict }, desk) {
  const { messages, root } = desk.verifier;
  const told = { file: name, root: root.fingerprint, ...verdict.toJson(messages) };
  save(`${name}.verdict.json`, "application/json", JSON.stringify(told, null, 1));
}

function pair(term, value) {
  return h("div", {}, h("dt", {}, term), h("dd", {}, value));
}

function card({ type, number, claims, issuer }, words) {
  const name = issuer.names[words.lang] ?? issuer.names.zh;
  const stated = CLAIMS.filter((each) => Object.hasOwn(claims, each));
  const rows = stated.map((each) =>
    pair(words.say(`claim.${each}`), claimText(each, claims[each], words)));
  return h("section", { class: "card" },
    h("p", { class: "small" }, words.say(`type.${type}`), " ", number),
    h("dl", { class: "pairs" }, rows,
      pair(words.say("details_level"), words.say(`award_level_${claims.level}`)),
      claims.notice ? pair(words.say("details_notice"), claims.notice.sentence) : null,
      pair(words.say("column_issuer"), h("span", {}, name,
        h("small", {}, words.say("details_source")),
        h("small", {}, words.say("details_telephone"), " ", issuer.telephone)))));
}

export function claimText(name, value, words) {
  if (name === "award_date") return words.day(value);
  if (name === "rank") return words.say(`award_rank_${value}`);
  return h("bdi", {}, value);
}

function check(finding, words) {
  const { messages, lang } = words;
  const { check: code, reason, result } = finding;
  const more = result === "pass" ? null : h("p", { class: "check__remedy" },
    h("strong", {}, words.say("details_remedy")), messages.remedy(finding, lang));
  return h("li", { class: `check check--${result}` },
    icon(result),
    h("div", {},
      h("p", { class: "check__head" }, h("strong", {}, words.say(`check.${code}`)),
        h("span", { class: "check__word" }, words.say(`result.${result}`))),
      h("p", {}, messages.message(finding, lang)),
      more,
      h("p", { class: "facts" }, words.say("details_facts", { code, reason }))));
}
