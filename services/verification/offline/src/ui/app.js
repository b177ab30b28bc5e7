// The page: one place to drop files, what they are judged by, and the results.

import { passesSelfTest } from "../selftest.js";
import { unb64u } from "../bytes.js";
import { Verifier } from "../verifier.js";
import { showBasis } from "./basis.js";
import { Desk } from "./desk.js";
import { byId, fill, h, icon } from "./dom.js";
import { recall } from "./memory.js";
import { Results } from "./results.js";
import { Words } from "./words.js";

function data(id) {
  return byId(id).textContent.trim();
}

/** Whether this browser can do what the page needs. */
function isAble() {
  return typeof DecompressionStream === "function" && typeof BigInt === "function";
}

export function start() {
  const catalogue = JSON.parse(data("catalogue"));
  const root = data("trust-root");
  const stop = (code) => {
    const said = catalogue[code].map((text, at) =>
      h("p", { class: "note note--fail", lang: at ? "en" : "zh-CN" }, text));
    byId("main").replaceChildren(...said);
  };
  if (!isAble()) return stop("too_old");
  if (!root || root.startsWith("@")) return stop("no_root");
  if (!passesSelfTest()) return stop("selftest_failed");
  const verifier = new Verifier(unb64u(root), catalogue);
  verifier.seen = recall(verifier.root.fingerprint);
  return new Page(verifier).show();
}

class Page {
  constructor(verifier) {
    this.words = new Words(verifier.messages);
    this.desk = new Desk(verifier, (isRunning) => this.changed(isRunning));
    this.results = new Results(byId("results"), this.desk, this.words);
    this.listen();
  }

  listen() {
    const [input, drop] = [byId("files"), byId("drop")];
    input.addEventListener("change", () => {
      this.desk.take([...input.files]);
      input.value = "";
    });
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("drop--over");
    });
    document.addEventListener("dragleave", () => drop.classList.remove("drop--over"));
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("drop--over");
      this.desk.take([...event.dataTransfer.files]);
    });
    byId("language").addEventListener("click", () => {
      this.words.switch();
      this.show();
    });
    for (const radio of document.querySelectorAll("[name=time]")) {
      radio.addEventListener("change", () => this.desk.setTime(radio.value || null));
    }
  }

  /** Say everything in the reader's language. */
  show() {
    const { words } = this;
    document.documentElement.lang = words.lang === "zh" ? "zh-CN" : "en";
    document.title = `${words.say("title")} · ${words.say("brand")}`;
    for (const element of document.querySelectorAll("[data-say]")) {
      element.textContent = words.say(element.dataset.say);
    }
    byId("language").lang = words.other === "zh" ? "zh-CN" : "en";
    byId("main").hidden = false;
    this.changed();
  }

  /** Show what is new; while files are being judged only how far it is. */
  changed(isRunning = false) {
    this.showProgress();
    if (isRunning) return;
    showBasis(byId("basis"), this.desk, this.words);
    this.showNotices();
    this.results.show();
  }

  showProgress() {
    const { progress, took, rows } = this.desk;
    const { words } = this;
    const bar = byId("progress");
    bar.hidden = progress === null;
    if (progress) {
      bar.max = Math.max(progress.total, 1);
      bar.value = progress.done;
    }
    const total = rows.length;
    const done = total ? words.say("results_done", { total, seconds: took.toFixed(1) }) : "";
    byId("said").textContent = progress ? words.say("results_running", progress) : done;
    // Laying the table out again and again would take longer than judging.
    byId("results").hidden = progress !== null;
    byId("results").setAttribute("aria-busy", String(progress !== null));
  }

  showNotices() {
    const notes = this.desk.notices.map(({ code, tone, params }) => {
      const said = h("span", {}, this.words.say(code, params));
      return h("p", { class: `note note--${tone}` }, icon(tone), said);
    });
    fill(byId("notices"), notes);
  }
}
