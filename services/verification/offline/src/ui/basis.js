// The panel that tells what files are judged by: root, trust list, status packs.

import { fill, h, icon } from "./dom.js";

/** The fingerprint in groups of four, for comparing by eye. */
export function grouped(fingerprint) {
  const groups = fingerprint.match(/.{1,4}/g);
  return h("code", { class: "print" }, groups.map((each) => h("span", {}, each)));
}

function line(title, mark, ...content) {
  return h("div", { class: `basis__line basis__line--${mark}` },
    h("dt", {}, icon(mark), title), h("dd", {}, ...content));
}

export function showBasis(element, desk, words) {
  const { root, list, packs } = desk.verifier;
  fill(element,
    line(words.say("basis_root"), "shield",
      h("p", {}, root.name),
      h("p", {}, words.say("basis_fingerprint"), " ", grouped(root.fingerprint)),
      h("p", { class: "small" }, words.say("basis_root_hint"))),
    listLine(list, desk, words),
    packLine(list, packs, desk, words));
}

function listLine(list, desk, words) {
  const title = words.say("basis_list");
  if (!list) return line(title, "unknown", h("p", {}, words.say("basis_list_none")));
  const params = {
    seq: list.seq,
    issued: words.moment(list.issued),
    until: words.moment(list.nextUpdate),
  };
  const isOver = desk.now() >= list.nextUpdate;
  const nodes = list.nodes.map(({ title: names }) => names[words.lang]).join(", ");
  const page = list.artifacts?.find(({ name }) => name === "kexin-verify.html");
  return line(title, isOver ? "unknown" : "pass",
    h("p", {}, words.say(isOver ? "basis_list_over" : "basis_list_some", params)),
    h("p", { class: "small" }, words.say("basis_list_nodes", { nodes })),
    page ? h("p", { class: "small" }, words.say("basis_page", { sm3: page.sm3 })) : null,
    desk.remembers ? null : h("p", { class: "small" }, words.say("basis_memory")));
}

/** Where today's packs are handed out: beside the status lists of each node. */
function addresses(list) {
  return (list?.nodes ?? []).map(({ statusUrl }) => `${statusUrl.replace(/\/+$/, "")}-pack`);
}

function packLine(list, packs, desk, words) {
  const title = words.say("basis_pack");
  const links = addresses(list).map((href) => h("a", { href }, href));
  const where = h("p", { class: "small" }, words.say("basis_pack_where"), " ", ...links);
  if (!packs.length) return line(title, "unknown", h("p", {}, words.say("basis_pack_none")), where);
  const isOver = (pack) => desk.now() >= pack.expires;
  const told = packs.map((pack) => {
    const params = {
      node: pack.node,
      issued: words.moment(pack.issued),
      until: words.moment(pack.expires),
    };
    return h("p", {}, words.say(isOver(pack) ? "basis_pack_over" : "basis_pack_some", params));
  });
  return line(title, packs.some((pack) => !isOver(pack)) ? "pass" : "unknown", ...told, where);
}
