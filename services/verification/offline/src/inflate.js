// Inflating with bounded effort: zlib streams (RFC 1950) by the browser's own decompressor.
//
// Refused: inflate, for what is broken, cut short, too long, or followed by something.

import { Refused, join } from "./bytes.js";

export async function inflate(bytes, most) {
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  // A failed write shows at the reading end too; here it only must not go unhandled.
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => {});
  const reader = stream.readable.getReader();
  const parts = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > most) throw new Refused("inflate");
      parts.push(value);
    }
    await written;
  } catch {
    reader.cancel().catch(() => {});
    throw new Refused("inflate");
  }
  return join(...parts);
}
