// The results as a table for spreadsheets (RFC 4180, UTF-8 with a mark, CR LF).
//
// A cell that a spreadsheet might take for a formula is led by an apostrophe: what stands in a
// stranger's file must not run on the reader's machine.

const FORMULA = /^[\s\u200b-\u200f\u2060\ufeff]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

export function cell(value) {
  const text = String(value ?? "");
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return `"${safe.replace(/"/g, '""')}"`;
}

export function table(rows) {
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
