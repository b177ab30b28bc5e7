// What a verdict says to people, in Chinese and English, from the catalogue of the Python verifier.
//
// Texts: `<check>.<reason>`, `<check>.<reason>.remedy`, `note.<note>`; {names} are filled in.
// Instants are written in Beijing time to the minute, and said so, in both languages.

import { writeBeijing } from "./instants.js";

export const LANGUAGES = ["zh", "en"];

export class Messages {
  /**
   * `catalogue` is {code: [Chinese, English]}, or {code: another code} for the same texts;
   * `*.<reason>` is said by every check.
   */
  constructor(catalogue) {
    this.catalogue = catalogue;
  }

  /** A text with its facts written out; a code without a text is shown as itself. */
  say(code, lang, params = {}) {
    const { catalogue } = this;
    const entry = catalogue[code] ?? catalogue[code.replace(/^[a-z_]+/, "*")];
    const both = typeof entry === "string" ? catalogue[entry] : entry;
    const text = both?.[LANGUAGES.indexOf(lang)] ?? code;
    return text.replace(/\{([a-z0-9_]+)\}/g, (whole, name) =>
      Object.hasOwn(params, name) ? this.written(params[name], lang) : whole,
    );
  }

  /** A fact as a reader of this language expects it. */
  written(fact, lang) {
    if (Array.isArray(fact)) {
      return fact.map((each) => this.written(each, lang)).join(lang === "en" ? ", " : "、");
    }
    if (fact?.term !== undefined) return this.say(fact.term, lang);
    if (fact?.names !== undefined) return fact.names[lang];
    if (fact?.instant !== undefined) {
      const local = writeBeijing(fact.instant);
      return lang === "en" ? `${local} Beijing time` : `北京时间 ${local}`;
    }
    return String(fact);
  }

  /** What was found, with its notes. */
  message(finding, lang) {
    const codes = [`${finding.check}.${finding.reason}`];
    codes.push(...finding.notes.map((note) => `note.${note}`));
    const said = codes.map((code) => this.say(code, lang, finding.params));
    return said.join(lang === "en" ? " " : "");
  }

  /** What to do about it. */
  remedy(finding, lang) {
    return this.say(`${finding.check}.${finding.reason}.remedy`, lang, finding.params);
  }
}

/** The same said in every language. */
export function inAll(say) {
  return Object.fromEntries(LANGUAGES.map((lang) => [lang, say(lang)]));
}
