// Looking things up in a trust list: nodes, and keys by use and time.

import { holds } from "./members.js";

export function findNode(list, name) {
  return list?.nodes.find((node) => node.name === name) ?? null;
}

/** The node's key of this name and use with its span; undefined if there is none. */
export function nodeKey(node, kid, use) {
  return node.keys.find((held) => held.key.kid === kid && held.use === use);
}

export function isInForce(held, at) {
  return held !== undefined && holds(held.span, at);
}

/** The node's keys of one use, by kid; with `at`, those in force then. */
export function keysFor(node, use, at = null) {
  const isMeant = (each) => each.use === use && (at === null || holds(each.span, at));
  const held = node.keys.filter(isMeant);
  return new Map(held.map(({ key }) => [key.kid, key]));
}
