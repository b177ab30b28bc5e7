// The bundle inside a PDF: the one file attached to it, taken out with bounded effort.
//
// Every embedded file counts, wherever it hangs: name tree, page, annotation or nowhere.
// Refused, as the check `format` says: unreadable (part pdf), no_attachment, attachments (count),
// too_large.

import { MAX_SIZE as MAX_BUNDLE } from "../bundle.js";
import { Refused, require } from "../bytes.js";
import { PdfDocument, Stream } from "./document.js";
import { Name, Ref } from "./syntax.js";

export const MAX_SIZE = 8 * 1024 * 1024;

export async function attachment(bytes) {
  require(bytes.length <= MAX_SIZE, "too_large", { limit_kb: MAX_SIZE / 1024 });
  const { document, found } = await orUnreadable(() => openAndSearch(bytes));
  require(found.length > 0, "no_attachment");
  require(found.length === 1, "attachments", { count: found.length });
  const content = await orUnreadable(async () => {
    const stream = await document.object(found[0]);
    require(stream instanceof Stream, "pdf");
    return document.decode(stream);
  });
  require(content.length <= MAX_BUNDLE, "too_large", { limit_kb: MAX_BUNDLE / 1024 });
  return content;
}

async function orUnreadable(act) {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Refused) throw new Refused("unreadable", { part: "pdf" });
    throw error;
  }
}

/** The numbers of the objects that are embedded files. */
async function openAndSearch(bytes) {
  const document = await PdfDocument.open(bytes);
  const found = new Set();
  for (const number of document.entries.keys()) {
    const value = await document.object(number);
    if (value instanceof Stream) {
      const type = await document.resolve(value.members.get("Type"));
      if (type instanceof Name && type.text === "EmbeddedFile") found.add(number);
    } else if (value instanceof Map) {
      const files = await document.resolve(value.get("EF"));
      if (files instanceof Map) {
        for (const file of files.values()) {
          require(file instanceof Ref, "pdf");
          found.add(file.number);
        }
      }
    }
  }
  return { document, found: [...found] };
}
