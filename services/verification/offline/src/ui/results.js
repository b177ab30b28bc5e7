// The results: counts that filter, the table, and what one row says at length.

import { writeInstant } from "../instants.js";
import { table } from "./csv.js";
import { claimText, details } from "./details.js";
import { byId, fill, h, icon, save } from "./dom.js";
import { decisive, sentence, STATES } from "./outlook.js";

const ICONS = { valid: "pass", as_of: "clock", undetermined: "unknown" };

/** A certificate number in its three groups. */
export function grouped(number) {
  const groups = [number.slice(0, 10), number.slice(10, 14), number.slice(14)];
  return h("span", { class: "number" }, groups.map((each) => h("span", {}, each)));
}

export class Results {
  constructor(element, desk, words) {
    Object.assign(this, { element, desk, words, filter: null, open: new Set() });
  }

  show() {
    const { desk, words } = this;
    if (!desk.rows.length) {
      fill(this.element, h("p", { class: "empty" }, words.say("results_none")));
      return;
    }
    const rows = desk.rows.filter(({ state }) => this.filter === null || state === this.filter);
    fill(this.element,
      this.counts(),
      this.actions(),
      rows.length ? this.table(rows) : h("p", { class: "empty" }, words.say("results_nothing")));
  }

  counts() {
    const { words } = this;
    const count = (state) => this.desk.rows.filter((row) => row.state === state).length;
    const buttons = [null, ...STATES].map((state) => {
      const total = state === null ? this.desk.rows.length : count(state);
      return h("li", {}, h("button", {
        class: `count count--${state ?? "all"}`,
        type: "button",
        "aria-pressed": String(this.filter === state),
        disabled: total === 0 && this.filter !== state,
        id: `show-${state ?? "all"}`,
        onclick: () => this.choose(state),
      }, state === null ? null : icon(ICONS[state] ?? "fail"),
      h("span", {}, words.say(`state_${state ?? "all"}`)), h("strong", {}, String(total))));
    });
    return h("ul", { class: "counts", "aria-label": words.say("results_filter") }, buttons);
  }

  choose(state) {
    this.filter = state;
    this.show();
    byId(`show-${state ?? "all"}`).focus();
  }

  actions() {
    const { words, desk } = this;
    const button = (code, act) =>
      h("button", { class: "button", type: "button", id: code, onclick: act }, words.say(code));
    return h("p", { class: "actions" },
      button("results_csv", () => save("kexin.csv", "text/csv;charset=utf-8", this.csv())),
      button("results_clear", () => {
        this.filter = null;
        this.open.clear();
        desk.clear();
      }));
  }

  table(rows) {
    const { words } = this;
    const heads = ["state", "file", "name", "award", "issuer", "number", "say"];
    const frame = { class: "frame", tabindex: "0", role: "region" };
    return h("div", { ...frame, "aria-labelledby": "results-title" },
      h("table", {},
        h("caption", { class: "unseen" }, words.say("results_caption")),
        h("thead", {}, h("tr", {}, heads.map((each) =>
          h("th", { scope: "col" }, words.say(`column_${each}`))))),
        h("tbody", {}, rows.flatMap((row) => this.row(row)))));
  }

  row(row) {
    const { words } = this;
    if (row.state === undefined) return [];
    const isOpen = this.open.has(row);
    const id = `row-${this.desk.rows.indexOf(row)}`;
    const toggle = h("button", {
      class: "turn",
      type: "button",
      id,
      "aria-expanded": String(isOpen),
      "aria-label": words.say("details_show", { file: row.name }),
      onclick: () => this.toggle(row, id),
    }, icon("down"));
    const cells = this.cells(row).map(([column, content]) =>
      h("td", { "data-label": words.say(`column_${column}`) }, content));
    const first = h("td", { "data-label": words.say("column_state") },
      h("span", { class: `state state--${row.state}` }, icon(ICONS[row.state] ?? "fail"),
        words.say(`state_${row.state}`)));
    const file = h("th", { scope: "row", "data-label": words.say("column_file") },
      h("span", { class: "file" }, toggle, h("bdi", {}, row.name)));
    const shown = h("tr", { class: `row--${row.state}` }, first, file, ...cells);
    if (!isOpen) return [shown];
    const more = h("td", { colspan: "7" }, details(row, this.desk, words));
    return [shown, h("tr", { class: "more" }, more)];
  }

  toggle(row, id) {
    if (!this.open.delete(row)) this.open.add(row);
    this.show();
    byId(id).focus();
  }

  cells({ verdict }) {
    const { words } = this;
    const shown = verdict?.shown;
    const claims = shown?.claims ?? {};
    const claim = (name) => (name in claims ? claimText(name, claims[name], words) : "");
    const issuer = shown ? (shown.issuer.names[words.lang] ?? shown.issuer.names.zh) : "";
    return [
      ["name", claim("name")],
      ["award", claim("award")],
      ["issuer", h("bdi", {}, issuer)],
      ["number", shown ? grouped(shown.number) : ""],
      ["say", verdict ? sentence(verdict, words) : words.say("failed")],
    ];
  }

  csv() {
    const { words, desk } = this;
    const columns = ["file", "state", "say", "name", "award", "date", "issuer", "number", "check",
      "at", "status_at", "root", "list"];
    const { root, list } = desk.verifier;
    const lines = desk.rows.map(({ name, state, verdict }) => {
      const [shown, first] = [verdict?.shown, verdict ? decisive(verdict) : null];
      const at = verdict?.finding("status").at ?? null;
      return [
        name,
        words.say(`state_${state}`),
        verdict ? sentence(verdict, words) : words.say("failed"),
        shown?.claims.name,
        shown?.claims.award,
        shown?.claims.award_date,
        shown ? (shown.issuer.names[words.lang] ?? shown.issuer.names.zh) : "",
        shown?.number,
        first ? `${first.check}.${first.reason}` : "",
        verdict ? writeInstant(verdict.asOf) : "",
        at === null ? "" : writeInstant(at),
        root.fingerprint,
        list?.seq,
      ];
    });
    return table([columns.map((each) => words.say(`column_${each}`)), ...lines]);
  }
}
