// The panel beside the map: everything about a card, a step, a lane, a phase or the map, and what was said of it.
import { host } from "./map-draw.js";
import { find, fresh, list, look, steps, value } from "./map-edits.js";

const el = (name, props = {}, ...children) => {
  const one = Object.assign(document.createElement(name), props);
  one.append(...children);
  return one;
};
const TONGUE = document.documentElement.lang.replace(/^en$/, "en-GB"); // numbers and days as the page writes them
const number = (x, places = 0) => (x === null || x === undefined ? "–" : x.toLocaleString(TONGUE, { maximumFractionDigits: places }));
const half = (one) => (one.low === null || one.high === null ? null : (one.high - one.low) / 2);
const span = (minutes) => {
  const units = [[1440, "d"], [60, "h"], [1, "min"]];
  const [length, unit] = units.find(([one]) => minutes >= one) ?? [1, "min"];
  return `${number(minutes / length, minutes / length < 10 ? 1 : 0)} ${unit}`;
};

export class Panel {
  constructor(root, page) {
    Object.assign(this, { root, page, of: "", id: "", remarks: [] });
    this.words = Object.fromEntries([...root.querySelector("template[data-words]").content.querySelectorAll("[data-w]")].map((one) => [one.dataset.w, one.textContent]));
    for (const form of root.querySelectorAll("form[data-of]")) {
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("change", (event) => this.changed(event.target));
    }
    root.querySelector("[data-remark]")?.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = event.target.querySelector("textarea");
      this.page.remark(this.of, this.id, text.value).then((ok) => ok && (text.value = ""));
    });
    root.addEventListener("click", (event) => this.clicked(event.target.closest("[data-do]")));
  }

  get open() {
    return !this.root.hidden;
  }

  get sync() {
    return this.page.sync;
  }

  /** Show a part; `focus` goes to its first field. */
  show(of, id, { focus = false, talk = false } = {}) {
    Object.assign(this, { of, id });
    this.root.hidden = false;
    this.root.dataset.panelOf = of;
    document.querySelector(".map-room").classList.add("with-panel");
    this.fill();
    if (talk) this.root.querySelector("[data-remark] textarea")?.focus();
    else if (focus) this.root.querySelector("form[data-of]:not([hidden]) :is(input, textarea, select)")?.focus();
  }

  close() {
    if (!this.open) return;
    this.root.hidden = true;
    document.querySelector(".map-room").classList.remove("with-panel");
    this.page.back(this.of, this.id);
    this.of = "";
  }

  part() {
    return this.of === "map" ? this.sync.map : look(this.sync.map, this.of, this.id);
  }

  /** Show the part as it is now. */
  fill() {
    if (!this.open || this.of === "remarks") return this.talk();
    const part = this.part();
    if (!part) return this.close();
    const { map, defaults } = this.sync;
    const kind = this.of === "card" ? find(map, "lane", part.lane).kind : "";
    const what = { card: () => `${this.page.drawing.title(find(map, "lane", part.lane))} · ${find(map, "step", part.step).name}` }[this.of];
    this.root.querySelector("[data-what]").textContent = what ? what() : (part.name ?? "");
    for (const form of this.root.querySelectorAll("form[data-of]")) {
      form.hidden = form.dataset.of !== this.of;
      if (form.hidden) continue;
      for (const group of form.querySelectorAll("[data-for]")) group.hidden = !group.dataset.for.split(" ").includes(kind);
      for (const field of form.querySelectorAll("[data-field]")) {
        const now = value(part, field.dataset.field, defaults[this.of]);
        if (field === document.activeElement && field.type !== "checkbox") continue;
        if (field.type === "checkbox") field.checked = Boolean(now);
        else if (field.dataset.type === "address") field.value = host(now ?? "") ? now : "";
        else field.value = field.dataset.type === "words" ? (now ?? []).join(", ") : (now ?? "");
        if (field.tagName === "SELECT" && now && field.value !== String(now)) {
          field.append(el("option", { value: now, textContent: now })); // what the lists do not know is kept
          field.value = now;
        }
      }
    }
    const ends = this.root.querySelector("[data-ends]");
    if (ends) ends.hidden = this.of === "map";
    if (this.of === "card") this.card(part);
    if (this.of === "step") this.step(part);
    this.measured(part);
    this.talk();
  }

  card(part) {
    const { map } = this.sync;
    this.pictured(part.picture ?? "");
    const kind = (card) => map.lanes.find((lane) => lane.id === card.lane)?.kind;
    const wanted = kind(part) === "solutions" ? ["opportunities", "pains"] : ["pains", "questions"];
    const about = list(map, "card").filter((one) => wanted.includes(kind(one)) && one.step === part.step);
    const known = new Set(part.addresses ?? []);
    const answers = this.root.querySelector("[data-addresses]");
    answers.replaceChildren(...about.map((one) =>
      el("label", { className: "check" }, el("input", { type: "checkbox", value: one.id, checked: known.has(one.id) }), one.text)));
    answers.parentElement.hidden ||= !about.length;
    const proofs = this.root.querySelector("[data-proofs]");
    if (proofs.contains(document.activeElement)) return;
    proofs.replaceChildren(...(part.proof ?? []).map((one) => this.line("proof", [one.kind, one.ref ?? "", one.note ?? ""])));
  }

  pictured(address) {
    const place = this.root.querySelector(".pictured");
    const there = this.page.told.pictures[address];
    const [img, link] = [place.querySelector("[data-pic]"), place.querySelector("[data-elsewhere]")];
    place.querySelector("[data-shown]").hidden = !there && !host(address);
    place.querySelector("[data-unpicture]").hidden = !address;
    Object.assign(img, { hidden: !there });
    if (there) Object.assign(img, { src: there[0], width: there[1], height: there[2] });
    else img.removeAttribute("src");
    link.hidden = !host(address);
    if (host(address)) Object.assign(link, { href: address, textContent: address });
  }

  line(name, values) {
    const made = this.root.querySelector(`template[data-${name}-line]`).content.cloneNode(true).firstElementChild;
    if (name === "route") {
      const choice = made.querySelectorAll("select")[1];
      choice.append(el("option", { value: "", textContent: "–" }), ...steps(this.sync.map).map((one) => el("option", { value: one.id, textContent: one.name })));
    }
    [...made.querySelectorAll("select, input")].forEach((field, at) => (field.value = values[at]));
    return made;
  }

  step(part) {
    const belief = (part.believed ?? []).find((one) => !one.persona) ?? {};
    for (const field of this.root.querySelectorAll("[data-belief-field]")) {
      if (field !== document.activeElement) field.value = belief[field.dataset.beliefField] ?? "";
    }
    const routes = this.root.querySelector("[data-routes]");
    if (routes.contains(document.activeElement)) return;
    const ways = list(this.sync.map, "route").filter((one) => one.start === part.id);
    routes.replaceChildren(...ways.map((way) => Object.assign(this.line("route", [way.kind, way.end ?? "", way.text ?? ""]), { id: `way-${way.id}` })));
  }

  /** What data say of the part. */
  measured(part) {
    const place = this.root.querySelector("[data-measured]");
    const said = [];
    if (this.of === "card") {
      const known = this.page.told.cards[part.id];
      if (known) {
        const told = [known.told, this.words[known.level]].filter(Boolean).join(" · ");
        said.push(el("p", {}, el("span", { className: `level ${known.level}` }), told));
        if (known.gain !== null) {
          const ends = known.gain_low === null ? "" : ` (${number(known.gain_low, 1)} … ${number(known.gain_high, 1)})`;
          said.push(el("p", {}, el("b", { textContent: `${known.gain > 0 ? "+" : ""}${number(known.gain, 1)} JSI` }), ends));
        }
      }
    } else if (this.of === "step") {
      const found = this.page.told.steps[part.id];
      if (found?.volume) said.push(...this.figures(found));
    }
    place.replaceChildren(...said);
  }

  figures(found) {
    const rows = Object.entries(found.metrics).filter(([, one]) => one.value !== null).map(([name, one]) => {
      const margin = half(one);
      const shown = name === "dwell" ? span(one.value) : number(one.value, name === "ces" ? 1 : 0) + (name === "dropoff" ? " %" : "");
      const known = [margin !== null && name !== "dwell" ? `±${number(margin, margin < 1 ? 1 : 0)}` : "", one.n ? `${this.words.n} ${number(one.n)}` : ""];
      return el("div", {}, el("dt", { textContent: this.page.told.words[name] ?? name }), el("dd", {}, el("b", { textContent: shown }), el("small", { textContent: known.filter(Boolean).join(" · ") })));
    });
    const topics = found.topics.slice(0, 4).map((one) => el("li", {}, one.title, el("small", { textContent: ` ${number(one.share * 100)} % · ${this.words.n} ${number(one.n)}` })));
    const quotes = found.said.slice(0, 3).map((one) => el("blockquote", { textContent: one.text }, el("footer", { textContent: one.at })));
    return [el("dl", { className: "figures" }, ...rows), el("ul", { className: "topics" }, ...topics), ...quotes];
  }

  changed(field) {
    const part = this.part();
    if (!part) return;
    if (field.closest("[data-addresses]")) {
      const on = [...this.root.querySelectorAll("[data-addresses] input:checked")].map((one) => one.value);
      const elsewhere = (part.addresses ?? []).filter((one) => !this.root.querySelector(`[data-addresses] input[value="${CSS.escape(one)}"]`));
      return this.set({ addresses: [...elsewhere, ...on] });
    }
    if (field.type === "file") {
      const [file] = field.files;
      if (file) this.page.pictures.send(file, (picture) => this.page.sync.edit([{ op: "set", of: "card", id: part.id, values: { picture } }]));
      field.value = "";
      return;
    }
    if (field.closest("[data-proofs]")) return this.proofs();
    if (field.closest("[data-routes]")) return this.way(field.closest(".proof"));
    if (field.dataset.beliefField) {
      const now = field.type === "number" ? (field.value === "" ? null : Number(field.value)) : field.value;
      return this.page.believe(part.id, { [field.dataset.beliefField]: now });
    }
    const name = field.dataset.field;
    if (!name) return;
    let now = field.value;
    if (field.type === "checkbox") now = field.checked;
    else if (field.type === "number" || field.dataset.type === "whole") now = field.value === "" ? null : Number(field.value);
    else if (field.type === "date") now = field.value || null;
    else if (field.dataset.type === "words") now = [...new Set(field.value.split(",").map((one) => one.trim()).filter(Boolean))];
    if (name === "review_days") now ??= 0;
    this.set({ [name]: now });
  }

  set(values) {
    const edit = { op: "set", of: this.of, values };
    if (this.of !== "map") edit.id = this.id;
    this.sync.edit([edit]);
  }

  proofs() {
    const lines = [...this.root.querySelectorAll("[data-proofs] .proof")].map((one) => [...one.querySelectorAll("select, input")].map((field) => field.value));
    this.set({ proof: lines.filter(([kind, ref, note]) => ref || note || kind === "assumption").map(([kind, ref, note]) => Object.fromEntries(Object.entries({ kind, ref, note }).filter(([, one]) => one))) });
  }

  way(line) {
    const [kind, end, text] = [...line.querySelectorAll("select, input")].map((field) => field.value);
    const values = { kind, start: this.id, end: kind === "exit" ? "" : end, text };
    const id = line.id.replace(/^way-/, "");
    if (id) this.sync.edit([{ op: "set", of: "route", id, values }]);
    else if (end || kind === "exit") {
      const made = fresh("route");
      if (this.sync.edit([{ op: "add", of: "route", id: made, values }])) line.id = `way-${made}`;
    }
  }

  clicked(button) {
    if (!button) return;
    const act = button.dataset.do;
    if (act === "close") this.close();
    else if (act === "add-proof") {
      const made = this.line("proof", ["research", "", ""]);
      this.root.querySelector("[data-proofs]").append(made);
      made.querySelector("input").focus();
    } else if (act === "remove-proof") {
      button.closest(".proof").remove();
      this.proofs();
    } else if (act === "add-route") {
      const made = this.line("route", ["loop", "", ""]);
      this.root.querySelector("[data-routes]").append(made);
      made.querySelector("select").focus();
    } else if (act === "remove-route") {
      const line = button.closest(".proof");
      line.remove();
      if (line.id) this.sync.edit([{ op: "remove", of: "route", id: line.id.replace(/^way-/, "") }]);
    } else if (act === "remove-picture") this.set({ picture: "" });
    else if (act === "remove") this.page.remove(this.of, this.id);
    else if (act === "twin") this.page.twin(this.of, this.id);
  }

  /** What was said of the part, or of all parts. */
  talk() {
    const all = this.of === "remarks";
    this.root.querySelector("[data-talk]").hidden = false;
    if (all) {
      for (const form of this.root.querySelectorAll("form[data-of]")) form.hidden = true;
      this.root.querySelector("[data-measured]").replaceChildren();
      this.root.querySelector("[data-what]").textContent = this.page.sync.map.name;
      const ends = this.root.querySelector("[data-ends]");
      if (ends) ends.hidden = true;
    }
    const of = (one) => all || (one.of === this.of && (one.part ?? "") === (this.of === "map" ? "" : this.id));
    const first = this.remarks.filter((one) => !one.reply_to && of(one) && (!all || !one.resolved_at));
    const thread = this.root.querySelector("[data-thread]");
    thread.replaceChildren(...first.map((one) => this.said(one, all)));
    if (!first.length) thread.append(el("li", { className: "quiet", textContent: this.words.nobody }));
  }

  said(one, all) {
    const when = new Date(one.at).toLocaleDateString(TONGUE, { day: "numeric", month: "short" });
    const li = el("li", { className: one.resolved_at ? "settled" : "" }, el("p", { className: "by" }, el("b", { textContent: one.name ?? one.by }), ` ${when}`), el("p", { textContent: one.text }));
    if (all && one.of !== "map") {
      const part = look(this.sync.map, one.of, one.part);
      const go = el("button", { type: "button", className: "plain", textContent: part?.text || part?.name || one.part });
      go.addEventListener("click", () => this.page.go(one.of, one.part, { talk: true }));
      li.firstElementChild.append(" · ", go);
    }
    for (const reply of this.remarks.filter((other) => other.reply_to === one.id)) {
      li.append(el("p", { className: "reply" }, el("b", { textContent: `${reply.name ?? reply.by} ` }), reply.text));
    }
    if (!one.resolved_at && this.page.edits) {
      const settle = el("button", { type: "button", className: "plain", textContent: this.words.settle });
      settle.addEventListener("click", () => this.page.settle(one.id));
      const reply = el("button", { type: "button", className: "plain", textContent: this.words.reply });
      reply.addEventListener("click", () => {
        const form = el("form", { className: "replying" }, el("textarea", { rows: 2, required: true, ariaLabel: this.words.reply }), el("button", { className: "small", textContent: this.words.reply }));
        form.addEventListener("submit", (event) => {
          event.preventDefault();
          this.page.remark(one.of, one.part ?? "", form.querySelector("textarea").value, one.id);
        });
        reply.replaceWith(form);
        form.querySelector("textarea").focus();
      });
      li.append(el("p", { className: "row" }, reply, settle));
    }
    return li;
  }
}
