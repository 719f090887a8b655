// What of a map is on the page: kept as the map says, part by part, so that what did not change is not touched.
import { list, steps } from "./map-edits.js";

const made = (name, props = {}, ...children) => {
  const one = Object.assign(document.createElement(name), props);
  one.append(...children);
  return one;
};
const head = (scope, name) => {
  const th = made("th", { scope, tabIndex: -1 }, made("span", { className: "name", textContent: name }));
  return th;
};
/** Put children in an order, moving only those that are elsewhere. */
const order = (parent, wanted) => {
  let at = parent.firstElementChild;
  for (const one of wanted) {
    if (one === at) at = at.nextElementSibling;
    else parent.insertBefore(one, at);
  }
  while (at) {
    const next = at.nextElementSibling;
    at.remove();
    at = next;
  }
};
const by = (root, name) => new Map([...root.querySelectorAll(`[data-${name}]`)].map((one) => [one.dataset[name], one]));

/** The host of an address elsewhere; nothing for any other. */
export const host = (address) => (/^https?:\/\//i.test(address) && URL.canParse(address) ? new URL(address).host : "");

export class Drawing {
  /** `kinds`: what lanes can hold; `words`: names that people read. */
  constructor(table, kinds, words, pictures) {
    Object.assign(this, { table, kinds, words, pictures });
  }

  title(lane) {
    return lane.name || this.kinds[lane.kind]?.title || "";
  }

  card(id) {
    return this.table.querySelector(`[data-card="${CSS.escape(id)}"]`);
  }

  list(lane, step) {
    return this.table.querySelector(`tr[data-lane="${CSS.escape(lane)}"] td[data-step="${CSS.escape(step)}"] > ul`);
  }

  /** Show what edits did; `map` is the map after them. */
  show(map, edits) {
    const dirty = new Set();
    let layout = false;
    for (const edit of edits) {
      if (edit.of === "card") dirty.add(edit.id);
      else if (edit.of === "map" && edit.values?.name !== undefined) this.table.caption.textContent = map.name;
      else if (edit.op === "set" && edit.of === "step" && Object.keys(edit.values).join() === "believed") continue;
      else layout = true;
      if (edit.op === "remove" && edit.of !== "route") layout = true;
    }
    if (layout) this.layout(map);
    if (dirty.size) this.cards(map, dirty);
  }

  /** Heads, rows and columns. */
  layout(map) {
    const { table } = this;
    const phases = table.tHead.rows[0];
    const columns = table.tHead.rows[1];
    const known = by(table.tHead, "phase");
    const heads = by(columns, "step");
    const wide = Math.max(1, (map.phases ?? []).reduce((sum, phase) => sum + Math.max(1, phase.steps?.length ?? 0), 0));
    const all = (map.phases ?? []).map((phase) => {
      const th = known.get(phase.id) ?? head("colgroup", phase.name);
      th.dataset.phase = phase.id;
      th.colSpan = Math.max(1, phase.steps?.length ?? 0);
      this.text(th.querySelector(".name"), phase.name);
      return th;
    });
    order(phases, [phases.cells[0], ...all]);
    const alike = (map.phases ?? []).every((phase) => phase.steps?.length === 1 && phase.steps[0].name === phase.name);
    phases.classList.toggle("plainly", alike);
    const slots = (map.phases ?? []).flatMap((phase) => (phase.steps?.length ? phase.steps : [null]));
    order(columns, [columns.cells[0], ...slots.map((step) => {
      if (!step) return made("th", { className: "none" });
      const th = heads.get(step.id) ?? head("col", step.name);
      th.dataset.step = step.id;
      this.text(th.querySelector(".name"), step.name);
      const bound = this.words[step.touchpoint] ?? this.words[step.stage] ?? "";
      let small = th.querySelector(":scope > small");
      if (bound && !small) th.querySelector(".name").after((small = made("small")));
      if (small && bound) this.text(small, bound);
      else small?.remove();
      this.mark(th, "moment", "★", step.moment);
      return th;
    })]);
    const cols = table.querySelector("colgroup");
    order(cols, [cols.firstElementChild, ...slots.map((_, at) => cols.children[at + 1] ?? made("col", { className: "step" }))]);
    const rows = by(table.tBodies[0], "lane");
    const lanes = (map.lanes ?? []).map((lane) => this.row(rows.get(lane.id), lane, slots, wide));
    const own = table.tBodies[0].querySelector("tr.own");
    if (own) this.cells(own, slots);
    order(table.tBodies[0], own ? [...lanes, own] : lanes);
    for (const wider of table.querySelectorAll("td[colspan]")) wider.colSpan = wide;
  }

  mark(th, name, sign, on) {
    const there = th.querySelector(`.${name}`);
    if (on && !there) th.querySelector(".name").after(made("span", { className: name, textContent: sign }));
    else if (!on) there?.remove();
  }

  row(tr, lane, slots, wide) {
    const kind = this.kinds[lane.kind];
    const what = lane.kind === "measured" ? "measured" : kind.look;
    if (!tr || tr.dataset.kind !== lane.kind) {
      const th = tr?.cells[0] ?? head("row", "");
      tr = made("tr", {}, th);
      if (what === "curve" || what === "line") {
        tr.append(made("td", { colSpan: wide, className: what === "curve" ? "curve" : "" }, made("span", { className: "across" })));
      }
    }
    Object.assign(tr.dataset, { lane: lane.id, kind: lane.kind, look: what });
    tr.hidden = Boolean(lane.hidden);
    this.text(tr.cells[0].querySelector(".name"), this.title(lane));
    if (what !== "curve" && what !== "line") this.cells(tr, slots);
    return tr;
  }

  cells(tr, slots) {
    const there = by(tr, "step");
    order(tr, [tr.cells[0], ...slots.map((step) => {
      if (!step) return made("td", { className: "none" });
      const td = there.get(step.id) ?? made("td", { tabIndex: -1 }, made("ul", { className: "cell" }));
      td.dataset.step = step.id;
      return td;
    })]);
  }

  /** Some cards, and the cells that they left. */
  cards(map, dirty) {
    const now = new Map(list(map, "card").map((card) => [card.id, card]));
    for (const id of dirty) {
      const card = now.get(id);
      const there = this.card(id);
      if (!card) {
        there?.remove();
        continue;
      }
      const into = this.list(card.lane, card.step);
      if (!into) continue; // a lane that shows no cards
      const li = this.fill(there ?? made("li", { tabIndex: -1 }), card, map);
      const following = map.cards.slice(map.cards.indexOf(card) + 1).filter((one) => one.lane === card.lane && one.step === card.step);
      const next = following.map((one) => this.card(one.id)).find((one) => one && one !== li && one.parentElement === into) ?? null;
      if (li.parentElement !== into || li.nextElementSibling !== next) into.insertBefore(li, next);
    }
  }

  fill(li, card, map) {
    const lane = map.lanes.find((one) => one.id === card.lane);
    const kind = this.kinds[lane.kind];
    const now = ["cardlet", kind.edge, card.missing ? "miss" : ""].filter(Boolean).join(" ");
    if (li.className !== now) li.className = now;
    li.dataset.card = card.id;
    this.picture(li, kind.look === "figures" ? "" : (card.picture ?? ""), card);
    let text = li.querySelector(":scope > .text");
    if (!text) {
      text = made("span", { className: "text" });
      const shown = li.querySelector(":scope > :is(.pic, .elsewhere)");
      shown ? shown.after(text) : li.prepend(text);
    }
    this.text(text, card.text || (kind.look === "figures" ? (this.words[card.metric] ?? card.metric ?? "") : ""));
    return li;
  }

  /** A card's picture: kept here it is shown, of another host it is a link. */
  picture(li, address, card) {
    const there = this.pictures?.[address];
    const old = li.querySelector(":scope > :is(.pic, .elsewhere)");
    if (old?.getAttribute(old.tagName === "IMG" ? "src" : "href") === (there ? there[0] : address)) return;
    old?.remove();
    if (there) {
      const [src, width, height] = there;
      li.prepend(made("img", { className: "pic", src, width, height, alt: card.note || (card.text ? "" : this.words.picture), draggable: false }));
    } else if (host(address)) {
      const said = this.words.elsewhere.replace("%s", host(address));
      li.prepend(made("a", { className: "elsewhere", href: address, rel: "noreferrer noopener", target: "_blank", textContent: said }));
    }
  }

  text(place, text) {
    if (place.textContent !== text) place.textContent = text;
  }

  /** The parts that one can go to with arrow keys, as rows of elements, heads first. */
  places() {
    const { table } = this;
    const rows = [];
    const seen = (row) => row.offsetParent !== null && row.getClientRects().length;
    for (const tr of [...table.tHead.rows, ...table.tBodies[0].rows]) {
      if (tr.hidden || !seen(tr)) continue;
      const row = [...tr.cells].filter((one) => one.tabIndex === -1 || one.tabIndex === 0 ? one.hasAttribute("tabindex") : false);
      const sliders = [...tr.querySelectorAll("[data-belief]")];
      if (row.length || sliders.length) rows.push([...row, ...sliders]);
    }
    return rows;
  }

  /** Every step's id in the order of the page. */
  static steps = steps;
}
