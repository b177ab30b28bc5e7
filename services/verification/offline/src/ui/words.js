// The page's own words, in the language that its reader chose, and dates as he writes them.

import { writeBeijing } from "../instants.js";

const MONTHS = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September",
  "October", "November", "December",
];

export class Words {
  constructor(messages) {
    this.messages = messages;
    this.lang = "zh";
  }

  get other() {
    return this.lang === "zh" ? "en" : "zh";
  }

  switch() {
    this.lang = this.other;
  }

  /** A text, in the reader's language. */
  say(code, params = {}) {
    return this.messages.say(code, this.lang, params);
  }

  /** 2026年6月12日, 12 June 2026; a text that is no day stays as it is. */
  day(text) {
    const found = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text ?? "");
    if (!found) return text ?? "";
    const [year, month, day] = found.slice(1).map(Number);
    return this.lang === "en"
      ? `${day} ${MONTHS[month - 1]} ${year}`
      : `${year}年${month}月${day}日`;
  }

  /** An instant by the clocks of Beijing, to the minute. */
  moment(seconds) {
    const [date, time] = writeBeijing(seconds).split(" ");
    return this.lang === "en"
      ? `${this.day(date)}, ${time} (Beijing)`
      : `${this.day(date)} ${time}（北京时间）`;
  }
}
