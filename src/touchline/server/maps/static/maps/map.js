// The page of one map: cards, steps, phases and lanes are dragged, moved by keys, written in place, and kept by itself.
import { beliefs, dragging } from "./map-drag.js";
import { Drawing } from "./map-draw.js";
import { cell, find, fresh, list, look, phaseOf, steps } from "./map-edits.js";
import { Panel } from "./map-panel.js";
import { Pictures, dropping } from "./map-pictures.js";
import { Presence } from "./map-presence.js";
import { present } from "./map-present.js";
import { shares } from "./map-share.js";
import { Sync } from "./map-sync.js";
import { write } from "./map-write.js";

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const told = JSON.parse(one("#map-told").textContent);
const token = one("[data-token] input")?.value ?? "";
const frame = one(".map-frame");
const scale = {
  get ends() {
    const { top, bottom } = one("svg.emotions").dataset;
    return [Number(top), Number(bottom)];
  },
  y(value) {
    const [top, bottom] = this.ends;
    return bottom - ((bottom - top) * value) / 100;
  },
  value(y) {
    const [top, bottom] = this.ends;
    return ((bottom - y) / (bottom - top)) * 100;
  },
};

const send = async (method, path, body) => {
  const address = new URL(path ? `${told.api}/${path}` : told.api, location.href);
  address.searchParams.set("workspace", told.workspace);
  const answer = await fetch(address, {
    method, cache: "no-store", keepalive: method === "POST" && JSON.stringify(body).length < 60_000,
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  let said = {};
  try {
    said = JSON.parse(text);
  } catch {
    said = { error: { what: text.slice(0, 200) } };
  }
  return { status: answer.status, body: said };
};

const sync = new Sync(told, send);
const drawing = new Drawing(one("table.map"), told.kinds, told.words, told.pictures);
const table = () => drawing.table;

const page = {
  told, sync, drawing, edits: told.edits,
  go: (of, id, how) => go(of, id, how),
  back: (of, id) => of !== "map" && focus(element(of, id)),
  remove: (of, id) => remove(of, id),
  twin: (of, id) => twin(of, id),
  believe: (step, values) => believe(step, values),
  remark: async (of, part, text, reply_to) => {
    const body = { text, ...(of === "remarks" ? { of: "map" } : { of, part: of === "map" ? "" : part }), ...(reply_to ? { reply_to } : {}) };
    const answer = await send("POST", "comments", body);
    if (answer.status >= 300) say(answer.body.error?.what ?? "", true);
    await talk();
    return answer.status < 300;
  },
  settle: async (number) => {
    await send("POST", `comments/${number}`, { done: true });
    await talk();
  },
};
const panel = new Panel(one(".panel"), page);
const words = panel.words;
Object.assign(drawing.words, { picture: words.picture, elsewhere: words.elsewhere });

// what is told, in a line that screen readers hear
const state = one("[data-state]");
const say = (text, bad = false) => {
  if (!state) return;
  state.textContent = text;
  state.classList.toggle("bad", bad);
};

page.pictures = new Pictures(told, token, say, words);

// --- the parts on the page ---
const element = (of, id) => {
  if (of === "card") return drawing.card(id);
  if (of === "lane") return one(`tr[data-lane="${CSS.escape(id)}"] > th`, table());
  return one(`th[data-${of}="${CSS.escape(id)}"]`, table());
};
const partOf = (target) => {
  const card = target.closest?.(".cardlet");
  if (card) return { of: "card", id: card.dataset.card, el: card };
  const th = target.closest?.("th");
  if (th?.dataset.phase) return { of: "phase", id: th.dataset.phase, el: th };
  if (th?.dataset.step) return { of: "step", id: th.dataset.step, el: th };
  if (th?.parentElement.dataset.lane) return { of: "lane", id: th.parentElement.dataset.lane, el: th };
  const td = target.closest?.("td[data-step]");
  return td?.querySelector(":scope > ul.cell") ? { of: "cell", id: "", el: td } : null;
};
const place = (td) => ({ lane: td.closest("tr").dataset.lane, step: td.dataset.step });

// one stop for Tab in the whole grid; arrow keys go on from there
let stop = null;
const begins = (to) => ((stop = to ?? one("tbody .cardlet", table()) ?? one("tbody th", table()) ?? table()).tabIndex = 0);
const focus = (to) => {
  if (!to) return;
  if (stop && stop !== to) stop.tabIndex = -1;
  stop = to;
  to.tabIndex = 0;
  to.focus({ preventScroll: true });
  reveal(to);
};
const reveal = (to) => {
  const box = to.getBoundingClientRect();
  const around = frame.getBoundingClientRect();
  const left = around.left + (to.closest("tbody") && to.tagName !== "TH" ? (one("tbody th", table())?.offsetWidth ?? 0) : 0) + 8;
  const head = around.top + (to.closest("tbody") ? (table().tHead.offsetHeight ?? 0) : 0) + 4;
  if (box.left < left) frame.scrollLeft -= left - box.left;
  else if (box.right > around.right - 8) frame.scrollLeft += box.right - around.right + 8;
  if (box.top < head) frame.scrollTop -= head - box.top;
  else if (box.bottom > around.bottom - 8) frame.scrollTop += box.bottom - around.bottom + 8;
  if (box.top < 0 || box.bottom > innerHeight) to.scrollIntoView({ block: "nearest" });
};
table().addEventListener("focusin", (event) => {
  const found = event.target.closest("[tabindex]");
  if (!found || found === stop) return;
  if (stop) stop.tabIndex = -1;
  stop = found;
  found.tabIndex = 0;
});

const go = (of, id, { talk: asked = false, open = false } = {}) => {
  const to = element(of, id);
  if (!to) return;
  focus(to);
  to.scrollIntoView({ block: "center", inline: "center", behavior: calm ? "auto" : "smooth" });
  if (open || asked || panel.open) panel.show(of, id, { talk: asked });
};
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

// --- what can be done ---
const edit = (...edits) => told.edits && sync.edit(edits);

const rename = (of, id) => {
  if (!told.edits) return;
  const to = element(of, id);
  const part = look(sync.map, of, id);
  const field = of === "card" ? "text" : "name";
  const kind = of === "lane" ? drawing.title(part) : (part[field] ?? "");
  const spot = to.querySelector(of === "card" ? ".text" : ".name");
  write(spot, kind, (text, how) => {
    if (text !== null && text !== kind) {
      if (of === "card" && !text && !part.picture && !part.metric) edit({ op: "remove", of, id });
      else edit({ op: "set", of, id, values: { [field]: text } });
    } else if (of === "card" && !kind && !look(sync.map, of, id)?.metric) edit({ op: "remove", of, id });
    if (how === "next" || how === "before") along(to, how === "next" ? 1 : -1);
    else if (how === "stay") focus(element(of, id) ?? stop);
  });
};
const along = (from, by) => {
  const part = partOf(from);
  const row = from.closest("tr");
  const cells = all("td[data-step]", row);
  const td = from.closest("td") ?? cells[0];
  const next = part?.of === "card" ? cells[cells.indexOf(td) + by] : null;
  if (next) focus(one(".cardlet", next) ?? next);
};

/** A new card in a cell, written at once; it is made when it has words. */
const newCard = (td, after = null) => {
  if (!told.edits) return;
  const { lane, step } = place(td);
  const ul = one("ul.cell", td);
  const kind = told.kinds[look(sync.map, "lane", lane).kind];
  const li = Object.assign(document.createElement("li"), { className: `cardlet ${kind.edge}`.trim(), tabIndex: -1 });
  li.append(Object.assign(document.createElement("span"), { className: "text" }));
  ul.insertBefore(li, after ? after.nextElementSibling : null);
  reveal(li);
  const before = li.nextElementSibling?.dataset.card ?? "";
  write(one(".text", li), "", (text, how) => {
    li.remove();
    if (text) {
      const id = fresh("card");
      edit({ op: "add", of: "card", id, values: { lane, step, text }, before });
      const made = element("card", id);
      if (how === "stay") focus(made);
      else if (how === "next") newCard(td, made);
    } else if (how !== "away") focus(after ?? td);
  });
};
const add = {
  step: (after) => {
    const id = fresh("step");
    const phase = after ? phaseOf(sync.map, after) : sync.map.phases?.at(-1);
    const following = after ? phase.steps[phase.steps.findIndex((s) => s.id === after) + 1]?.id : "";
    const step = { op: "add", of: "step", id, values: { name: words.new }, inside: phase?.id, before: following ?? "" };
    if (!phase) {
      const made = fresh("phase");
      edit({ op: "add", of: "phase", id: made, values: { name: words.new } }, { ...step, inside: made });
    } else edit(step);
    focus(element("step", id));
    rename("step", id);
  },
  phase: (after) => {
    const id = fresh("phase");
    const step = fresh("step");
    const at = (sync.map.phases ?? []).findIndex((one_) => one_.id === after);
    edit({ op: "add", of: "phase", id, values: { name: words.new, steps: [{ id: step, name: words.new }] }, before: at < 0 ? "" : (sync.map.phases[at + 1]?.id ?? "") });
    focus(element("phase", id));
    rename(table().tHead.rows[0].classList.contains("plainly") ? "step" : "phase", table().tHead.rows[0].classList.contains("plainly") ? step : id);
  },
  lane: (after, kind = "custom") => {
    const id = fresh("lane");
    const at = list(sync.map, "lane").findIndex((one_) => one_.id === after);
    edit({ op: "add", of: "lane", id, values: { kind }, before: at < 0 ? "" : (sync.map.lanes[at + 1]?.id ?? "") });
    focus(element("lane", id));
    if (kind === "custom") rename("lane", id);
  },
};
const remove = (of, id) => {
  const inside = of === "phase" ? (find(sync.map, of, id).steps ?? []).map((s) => s.id) : [id];
  const held = of === "card" ? 0 : list(sync.map, "card").filter((card) => inside.includes(card.step) || card.lane === id).length;
  if (held > 3 && !confirm(`${words.remove} (${held})`)) return; // undo brings it back; many at once are asked about
  const near = neighbour(of, id);
  panel.close();
  edit({ op: "remove", of, id });
  focus(near?.isConnected ? near : one("tbody th", table()));
};
const neighbour = (of, id) => {
  const el = element(of, id);
  if (of === "card") return el.nextElementSibling ?? el.previousElementSibling ?? el.closest("td");
  if (of === "lane") return el.parentElement.nextElementSibling?.cells[0] ?? el.parentElement.previousElementSibling?.cells[0];
  return el.nextElementSibling ?? el.previousElementSibling;
};
const fold = (id) => {
  const next = neighbour("lane", id);
  panel.close();
  edit({ op: "set", of: "lane", id, values: { hidden: true } });
  focus(next);
};
const folded = one("[data-folded]");
folded?.closest("details").addEventListener("toggle", () => {
  const away = list(sync.map, "lane").filter((lane) => lane.hidden);
  folded.hidden = !away.length;
  for (const old of all("button", folded)) old.remove();
  folded.append(...away.map((lane) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: drawing.title(lane) });
    button.addEventListener("click", () => {
      edit({ op: "set", of: "lane", id: lane.id, values: { hidden: false } });
      folded.closest("details").open = false;
      focus(element("lane", lane.id));
    });
    return button;
  }));
});
const twin = (of, id) => {
  if (of !== "card" && of !== "lane" && of !== "step") return;
  const made = fresh(of);
  const { id: _, ...values } = structuredClone(find(sync.map, of, id));
  if (of === "step") {
    const phase = phaseOf(sync.map, id);
    const before = phase.steps[phase.steps.findIndex((s) => s.id === id) + 1]?.id ?? "";
    const cards = list(sync.map, "card").filter((card) => card.step === id);
    edit({ op: "add", of, id: made, values, inside: phase.id, before },
      ...cards.map(({ id: __, ...card }) => ({ op: "add", of: "card", id: fresh("card"), values: { ...card, step: made } })));
  } else if (of === "lane") {
    const before = sync.map.lanes[sync.map.lanes.findIndex((l) => l.id === id) + 1]?.id ?? "";
    const cards = list(sync.map, "card").filter((card) => card.lane === id);
    edit({ op: "add", of, id: made, values, before },
      ...cards.map(({ id: __, ...card }) => ({ op: "add", of: "card", id: fresh("card"), values: { ...card, lane: made } })));
  } else {
    const inside = cell(sync.map, values.lane, values.step);
    edit({ op: "add", of, id: made, values, before: inside[inside.findIndex((c) => c.id === id) + 1]?.id ?? "" });
  }
  focus(element(of, made));
};
const believe = (step, values) => {
  const before = structuredClone(find(sync.map, "step", step).believed ?? []);
  const others = before.filter((belief) => belief.persona);
  const own = { ...before.find((belief) => !belief.persona), ...values };
  for (const name of Object.keys(own)) if (own[name] === null || own[name] === "") delete own[name];
  edit({ op: "set", of: "step", id: step, values: { believed: Object.keys(own).length ? [own, ...others] : others } });
};

// Alt and an arrow: what dragging does
const shift = (part, key) => {
  const by = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
  const across = key === "ArrowLeft" || key === "ArrowRight";
  const map = sync.map;
  if (part.of === "card") {
    const card = find(map, "card", part.id);
    const inside = cell(map, card.lane, card.step);
    const at = inside.indexOf(card);
    if (across) {
      const all_ = steps(map);
      const to = all_[all_.findIndex((s) => s.id === card.step) + by];
      if (to) edit({ op: "move", of: "card", id: card.id, values: { lane: card.lane, step: to.id } });
    } else if (inside[at + by]) {
      edit({ op: "move", of: "card", id: card.id, values: { lane: card.lane, step: card.step }, before: by < 0 ? inside[at - 1].id : (inside[at + 2]?.id ?? "") });
    } else {
      const rows = all("tr[data-lane]:not([hidden])", table()).filter((tr) => one("ul.cell", tr)).map((tr) => tr.dataset.lane);
      const to = rows[rows.indexOf(card.lane) + by];
      if (to) edit({ op: "move", of: "card", id: card.id, values: { lane: to, step: card.step }, before: by > 0 ? (cell(map, to, card.step)[0]?.id ?? "") : "" });
    }
  } else if (part.of === "step" && across) {
    const phase = phaseOf(map, part.id);
    const at = phase.steps.findIndex((s) => s.id === part.id);
    const beside = map.phases[map.phases.indexOf(phase) + by];
    if (phase.steps[at + by]) edit({ op: "move", of: "step", id: part.id, inside: phase.id, before: by < 0 ? phase.steps[at - 1].id : (phase.steps[at + 2]?.id ?? "") });
    else if (beside) edit({ op: "move", of: "step", id: part.id, inside: beside.id, before: by > 0 ? (beside.steps?.[0]?.id ?? "") : "" });
  } else if ((part.of === "phase" && across) || (part.of === "lane" && !across)) {
    const parts = list(map, part.of);
    const at = parts.findIndex((p) => p.id === part.id);
    if (parts[at + by]) edit({ op: "move", of: part.of, id: part.id, before: by < 0 ? parts[at - 1].id : (parts[at + 2]?.id ?? "") });
  } else return;
  focus(element(part.of, part.id));
  tell(part);
};
const tell = (part) => {
  if (part.of !== "card") return;
  const card = find(sync.map, "card", part.id);
  say(`${words.moved} ${drawing.title(find(sync.map, "lane", card.lane))}, ${find(sync.map, "step", card.step).name}`);
};

// arrow keys: to the next card, cell or head
const walk = (from, key) => {
  const part = partOf(from);
  if ((key === "ArrowUp" || key === "ArrowDown") && part?.of === "card") {
    const near = key === "ArrowDown" ? from.nextElementSibling : from.previousElementSibling;
    if (near) return focus(near);
  }
  const at = from.closest("td, th") ?? from;
  const across = key === "ArrowLeft" || key === "ArrowRight";
  const by = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
  const rows = drawing.places();
  const y = rows.findIndex((row) => row.includes(at) || row.includes(from));
  const row = rows[y];
  if (!row) return;
  if (across) {
    const next = row[(row.includes(from) ? row.indexOf(from) : row.indexOf(at)) + by];
    return enter(next, 1);
  }
  const x = (from.getBoundingClientRect().left + from.getBoundingClientRect().right) / 2;
  const next = rows[y + by];
  if (!next) return;
  const head = (at.scope === "row" || at.matches("tr > th:first-child")) && next.find((one_) => one_.scope === "row");
  enter(head || next.filter((one_) => one_.scope !== "row").reduce((best, one_) => {
    const box = one_.getBoundingClientRect();
    const far = x >= box.left && x <= box.right ? 0 : Math.abs((box.left + box.right) / 2 - x);
    return !best || far < best.far ? { one_, far } : best;
  }, null)?.one_, by);
};
const enter = (to, by) => {
  if (!to) return;
  const cards = to.tagName === "TD" ? all(".cardlet", to) : [];
  focus(cards.length ? (by < 0 ? cards.at(-1) : cards[0]) : to);
};

// --- hands and keys ---
if (told.edits) {
  dragging(table(), frame, ({ of, id, values, before, next, last }) => {
    if (of === "card") edit({ op: "move", of, id, values, before });
    else if (of === "step") {
      const phase = phaseOf(sync.map, next || last);
      edit({ op: "move", of, id, inside: phase.id, before: next });
    } else edit({ op: "move", of, id, before: next });
    focus(element(of, id));
  });
  dropping(table(), partOf, ({ of, id, el }, file) => page.pictures.send(file, (picture) => {
    if (of === "card") edit({ op: "set", of, id, values: { picture } });
    else {
      const made = fresh("card");
      edit({ op: "add", of: "card", id: made, values: { ...place(el), picture } });
      focus(element("card", made));
    }
  }));
  beliefs(table(), scale, (dot, value) => believe(dot.dataset.belief, { jsi: value }));
}
// the card that a pointer moved onto; the browser's own hover follows the map while it scrolls under a still pointer
let beside = null;
const point = (card) => {
  if (card === beside) return;
  beside?.removeAttribute("data-near");
  beside = card;
  card?.setAttribute("data-near", "");
};
table().addEventListener("pointermove", ({ target, pointerType }) => pointerType !== "touch" && point(target.closest(".cardlet")));
table().addEventListener("pointerleave", () => point(null));
let pressed = null;
table().addEventListener("click", (event) => {
  if (document.body.classList.contains("presenting")) return;
  const part = partOf(event.target);
  if (!part || event.target.closest("textarea, a")) return;
  if (part.of === "cell") {
    if (event.target.closest("ul.cell") || event.target === part.el) focus(part.el);
    return;
  }
  focus(part.el);
  clearTimeout(pressed);
  pressed = setTimeout(() => panel.show(part.of, part.id), panel.open ? 0 : 180); // a second press writes instead
});
table().addEventListener("dblclick", (event) => {
  clearTimeout(pressed);
  if (document.body.classList.contains("presenting")) return;
  const part = partOf(event.target);
  if (part?.of === "cell") newCard(part.el);
  else if (part) rename(part.of, part.id);
});

table().addEventListener("keydown", (event) => {
  const part = partOf(event.target);
  const { key } = event;
  if (event.target.closest("textarea") || event.ctrlKey || event.metaKey) return;
  if (key.startsWith("Arrow")) {
    event.preventDefault();
    if (event.altKey) {
      if (part && part.of !== "cell" && told.edits) shift(part, key);
    } else walk(event.target, key);
    return;
  }
  if (!part || event.altKey) return;
  const acts = {
    Enter: () => (part.of === "cell" ? newCard(part.el) : told.edits ? rename(part.of, part.id) : panel.show(part.of, part.id)),
    F2: () => part.of !== "cell" && rename(part.of, part.id),
    " ": () => part.of !== "cell" && panel.show(part.of, part.id, { focus: true }),
    n: () => (part.of === "cell" ? newCard(part.el) : part.of === "card" ? newCard(part.el.closest("td"), part.el) : told.edits && add[part.of](part.id)),
    d: () => part.of !== "cell" && told.edits && twin(part.of, part.id),
    f: () => part.of === "lane" && told.edits && fold(part.id),
    Delete: () => part.of !== "cell" && told.edits && remove(part.of, part.id),
    Backspace: () => part.of !== "cell" && told.edits && remove(part.of, part.id),
    c: () => part.of !== "cell" && panel.show(part.of, part.id, { talk: true }),
    Home: () => enter(drawing.places().find((row) => row.includes(event.target.closest("td, th")))?.[0], 1),
    End: () => enter(drawing.places().find((row) => row.includes(event.target.closest("td, th")))?.at(-1), 1),
  };
  if (!acts[key]) return;
  event.preventDefault();
  event.stopPropagation();
  acts[key]();
});
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox]), select, textarea, [contenteditable]");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing && told.edits) {
    event.preventDefault();
    (event.shiftKey ? doing.redo : doing.undo)();
  } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "y" && !typing && told.edits) {
    event.preventDefault();
    doing.redo();
  } else if (event.key === "Escape" && panel.open && !document.body.classList.contains("presenting")) panel.close();
  else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  else if (event.key === "?") doing.keys();
  else if (event.key === "p") doing.present();
  else if (event.key === "m") one("[data-measures]")?.click();
});

const doing = {
  undo: () => shown(sync.undo()),
  redo: () => shown(sync.redo()),
  map: () => (panel.open && panel.of === "map" ? panel.close() : panel.show("map", "")),
  remarks: () => (panel.open && panel.of === "remarks" ? panel.close() : panel.show("remarks", "")),
  keys: () => one("[data-keys]").showModal(),
  share: () => shares(one("[data-shares]"), send),
  print: () => print(),
  present: () => present(page, { element, focus }),
  "add-step": () => add.step(near("step")),
  "add-phase": () => add.phase(near("phase")),
};
const near = (of) => {
  const part = last && stop?.isConnected ? partOf(stop) : null; // nobody was in the grid yet: at its end
  if (!part) return undefined;
  if (part.of === of) return part.id;
  if (of === "step" && part.of === "card") return look(sync.map, "card", part.id)?.step;
  return undefined;
};
const shown = (edits) => {
  if (!edits) return;
  const last = edits.filter((e) => e.op !== "remove" && e.of !== "map" && e.of !== "route").at(-1);
  const to = last && element(last.of, last.id);
  if (to) focus(to);
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  const lane = button?.dataset.do === "add-lane";
  if (button?.tagName === "A" && !(event.ctrlKey || event.metaKey || event.shiftKey)) event.preventDefault();
  if (lane) add.lane(near("lane"), button.dataset.kind);
  else if (button && doing[button.dataset.do] && !button.closest(".panel")) doing[button.dataset.do]();
  const inside = event.target.closest("details.drop");
  for (const open of all("details.drop[open]")) if (open !== inside || (button && !event.target.closest("summary"))) open.open = false;
  const finding = event.target.closest(".finding");
  if (finding?.dataset.card) go("card", finding.dataset.card, { open: true });
  else if (finding?.dataset.step) go("step", finding.dataset.step, { open: true });
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of all("details.drop[open]")) open.open = false;
});
const measures = one("[data-measures]");
measures?.addEventListener("change", () => document.body.classList.toggle("believed-only", !measures.checked));
const name = one("[data-name]");
if (told.edits && name) {
  Object.assign(name, { tabIndex: 0, title: "" });
  const begin = () => write(name, sync.map.name, (text) => text && text !== sync.map.name && edit({ op: "set", of: "map", values: { name: text } }));
  name.addEventListener("dblclick", begin);
  name.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), begin()));
}

// --- what happens ---
sync.addEventListener("changed", ({ detail: { edits } }) => {
  const held = document.activeElement?.matches("textarea.writing") ? null : last && stop && partOf(stop);
  drawing.show(sync.map, edits);
  presence.mark();
  if (edits.some((e) => e.of === "map" && e.values?.name !== undefined) && name) name.textContent = sync.map.name;
  if (held && !stop.isConnected && held.of !== "cell") {
    const again = element(held.of, held.id);
    if (again) focus(again);
  }
  if (panel.open) panel.fill();
});
sync.addEventListener("state", () => {
  const [undo, redo] = [one("[data-do=undo]"), one("[data-do=redo]")];
  if (undo) [undo.disabled, redo.disabled] = [!sync.done.length, !sync.undone.length];
  if (sync.failed) say(words.offline, true);
  else if (sync.busy) say(words.saving);
});
sync.addEventListener("saved", ({ detail: { edits } }) => {
  if (!sync.busy) say(words.saved);
  const words_ = edits.every((e) => e.of === "card" && (e.op !== "set" || Object.keys(e.values).join() === "text"));
  renew(words_ ? 2_500 : 900); // words stand already as they are; figures may follow
});
sync.addEventListener("unfit", () => {
  say(words.unfit, true);
  renew(0);
});
sync.addEventListener("stale", () => renew(0));
sync.addEventListener("others", ({ detail: { who } }) => {
  say(words.others.replace("%s", who.map(called).join(", ")));
  renew(1_500);
});
const called = (mail) => told.people.find((person) => person.email === mail)?.name ?? mail;
addEventListener("beforeunload", (event) => {
  if (!sync.busy && !sync.held) return;
  sync.flush();
  event.preventDefault();
});

// --- what only the server draws: figures, lines, small words; fetched again after changes ---
let due = null;
const renew = (soon = 900) => {
  clearTimeout(due);
  due = setTimeout(() => again().catch(() => renew(5_000)), soon);
};
const again = async () => {
  if (sync.busy || sync.stopped || one("textarea.writing") || document.body.classList.contains("dragging")) return renew();
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!answer.ok) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = JSON.parse(one("#map-told", found).textContent);
  if (sync.busy || one("textarea.writing") || document.body.classList.contains("dragging") || now.version < sync.version) return renew();
  sync.reset(now.map, now.version);
  Object.assign(told, { cards: now.cards, steps: now.steps, words: now.words });
  Object.assign(told.pictures, now.pictures);
  presence.clear();
  adopt(one("table.map", found));
  presence.mark();
  for (const part of all("[data-fresh]")) {
    const other = one(`[data-fresh="${part.dataset.fresh}"]`, found);
    if (other && other.innerHTML !== part.innerHTML) part.replaceChildren(...other.childNodes);
  }
  if (panel.open) panel.fill();
  if (now.later) renew(1_200); // what was measured is being asked for
};
/** Take over what differs of the server's drawing, cell by cell. */
const adopt = (other) => {
  const held = stop?.isConnected ? partOf(stop) : null;
  const spot = held?.of === "cell" ? place(held.el) : null;
  const belief = stop?.dataset?.belief;
  const busy = document.activeElement && table().contains(document.activeElement);
  const plain = (html) => html.replaceAll(' tabindex="0"', ' tabindex="-1"').replace(' data-near=""', "");
  const swap = (mine, theirs) => {
    if (plain(mine.outerHTML) !== theirs.outerHTML) mine.replaceWith(theirs);
  };
  table().className = other.className;
  const ids = (root) => [...root.tBodies[0].rows].map((tr) => tr.dataset.lane ?? tr.className).join();
  const columns = (root) => [...root.tHead.rows].map((tr) => tr.className + [...tr.cells].map((c) => c.dataset.step ?? c.dataset.phase ?? "").join()).join(";");
  if (ids(table()) !== ids(other) || columns(table()) !== columns(other)) {
    swap(one("colgroup", table()), one("colgroup", other));
    swap(table().tHead, other.tHead);
    swap(table().tBodies[0], other.tBodies[0]);
  } else {
    swap(table().tHead, other.tHead);
    [...other.tBodies[0].rows].forEach((tr, y) => {
      const mine = table().tBodies[0].rows[y];
      if (plain(mine.outerHTML) === tr.outerHTML) return;
      if (mine.cells.length !== tr.cells.length) return mine.replaceWith(tr);
      for (const { name: attribute, value } of tr.attributes) mine.setAttribute(attribute, value);
      [...tr.cells].forEach((cell_, x) => swap(mine.cells[x], cell_));
    });
  }
  if (stop?.isConnected) return;
  const to = belief ? one(`[data-belief="${CSS.escape(belief)}"]`, table())
    : spot ? one(`tr[data-lane="${CSS.escape(spot.lane)}"] td[data-step="${CSS.escape(spot.step)}"]`, table())
    : heldPart(held);
  begins(to);
  if (busy) focus(stop);
};
let last = null;
table().addEventListener("focusin", (event) => (last = partOf(event.target)));
const heldPart = (held) => {
  const part = held ?? last;
  return part && part.of !== "cell" ? element(part.of, part.id) : null;
};

// --- who else is here ---
const presence = new Presence(one("[data-here]"), element, called, (of, id) => go(of, id));
sync.where = () => {
  const writing = one("textarea.writing");
  const part = writing ? partOf(writing) : null;
  if (part && part.of !== "cell" && part.id) return `${part.of}:${part.id}`;
  return panel.open && panel.id ? `${panel.of}:${panel.id}` : "map";
};
sync.addEventListener("people", ({ detail }) => presence.show(detail));

// --- two who changed the same ---
const clash = one("[data-clash]");
let meant = [];
const asWords = (edit_) => {
  if (!edit_) return "–";
  if (edit_.op === "set") return Object.values(edit_.values ?? {}).map((v) => (typeof v === "string" ? v : JSON.stringify(v))).join(", ");
  return { add: "+", remove: "×", move: "→" }[edit_.op];
};
sync.addEventListener("clash", ({ detail: { mine, told: answer } }) => {
  const since = answer.since ?? [];
  const theirs = since.flatMap((change) => change.edits);
  const who = [...new Set(since.map((change) => called(change.by)))].join(", ");
  meant = mine;
  if (who) one("[data-theirs]", clash).textContent = who;
  const clashes = mine.filter((e) => theirs.some((o) => o.of === e.of && (o.id ?? "") === (e.id ?? "")) || e.op === "remove");
  one("tbody", clash).replaceChildren(...(clashes.length ? clashes : mine).map((e) => {
    const part = e.of === "map" ? sync.map : look(sync.map, e.of, e.id);
    const other = theirs.findLast((o) => o.of === e.of && (o.id ?? "") === (e.id ?? ""));
    const tr = document.createElement("tr");
    for (const [tag, text] of [["th", part?.text || part?.name || e.of], ["td", asWords(other)], ["td", asWords(e)]]) {
      tr.append(Object.assign(document.createElement(tag), { textContent: text }));
    }
    return tr;
  }));
  clash.dataset.version = answer.version ?? "";
  clash.showModal();
});
clash?.addEventListener("cancel", (event) => event.preventDefault());
clash?.addEventListener("click", async (event) => {
  const act = event.target.closest("[data-do]")?.dataset.do;
  if (act !== "mine" && act !== "theirs") return;
  const theirs = await send("GET", `edits?after=${sync.version}`);
  const since = theirs.body.changes ?? [];
  const touched = since.flatMap((change) => change.edits);
  const now = await send("GET", "");
  clash.close();
  sync.reset(now.body.map, now.body.version);
  const lost = (e) => touched.some((o) => o.of === e.of && (o.id ?? "") === (e.id ?? ""));
  sync.done = [];
  sync.undone = [];
  for (const e of meant) if (act === "mine" || !lost(e)) sync.edit([e]);
  meant = [];
  renew(0);
});
sync.addEventListener("refused", ({ detail: { told: answer } }) => {
  say(`${words.refused} ${answer.error?.what ?? ""}`, true);
  sync.stopped = false;
  renew(0);
});

// --- what was said ---
const talk = async () => {
  const answer = await send("GET", "comments");
  panel.remarks = answer.body.comments ?? [];
  const open = panel.remarks.filter((r) => !r.reply_to && !r.resolved_at).length;
  const badge = one("[data-remarks]");
  if (badge) badge.textContent = open || "";
  if (panel.open) panel.talk();
};

for (const hidden of all("[data-do][hidden], [data-toolbar], [data-switch]")) hidden.hidden = false;
begins();
sync.resume();
sync.watch();
talk().catch(() => {}); // the page stands without what was said
if (told.later) renew(1_200);
if (location.hash.startsWith("#comment-")) doing.remarks();
if (new URLSearchParams(location.search).has("present")) doing.present();
document.documentElement.dataset.ready = "map";
