// Anchor receipts: the node's signed word that a chain took a checkpoint.
// docs/formats/anchor-receipt-v1.md
//
// Refused: whatever the readers throw when opening.

import { b64u, require, utf8 } from "./bytes.js";
import { splitOrigin } from "./checkpoint.js";
import { openDocument } from "./jws.js";
import { Members } from "./members.js";
import { sm3 } from "./sm3.js";

const TYP = "kexin-receipt+jws";
const FORMAT = "kexin/anchor-receipt/v1";
const CHAIN = "eip155:[1-9][0-9]{0,17}|local:[a-z0-9][a-z0-9.-]{0,62}";

/** A receipt document taken apart; its signature is unverified. */
export function openReceipt(document) {
  const opened = openDocument(document, TYP);
  require(opened.signatures.length === 1, "receipt");
  return { ...readReceipt(opened.payload), opened, kid: opened.signatures[0].kid };
}

function readReceipt(payload) {
  const read = new Members(payload);
  read.constant("format", FORMAT);
  const receipt = {
    node: read.string("node"),
    origin: read.string("origin"),
    size: read.integer("size", 1),
    root: read.octets("root", 32),
    seq: read.integer("seq", 1),
    chain: read.match("chain", CHAIN),
    genesis: b64u(read.octets("genesis", 32)),
    contract: read.match("contract", "0x[0-9a-f]{40}|[A-Za-z0-9_-]{43}"),
    driver: read.oneOf("driver", ["evm", "local"]),
    blockNumber: read.integer("block_number", 0),
    blockHash: read.octets("block_hash", 32),
    blockTime: read.instant("block_time"),
    txHash: read.octets("tx_hash", 32),
    issued: read.instant("issued"),
  };
  read.constant("log_id", b64u(sm3(utf8(receipt.origin))));
  read.constant("node_id", b64u(sm3(utf8(receipt.node))));
  read.end();
  checkNames(receipt);
  return { ...receipt, level: receipt.driver === "local" ? "local" : "receipt" };
}

/** The node is that of the origin, and a local chain is the node's own table. */
function checkNames({ origin, node, chain, driver }) {
  require(splitOrigin(origin)?.node === node, "receipt");
  const own = `local:${node}`;
  require(!chain.startsWith("local:") || chain === own, "receipt");
  require((driver === "local") === (chain === own), "receipt");
}
