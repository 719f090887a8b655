// Edits of a map, as the engine makes them (touchline.maps.edits): each addressed by id, each with its inverse.
const LISTS = { phase: "phases", lane: "lanes", card: "cards", route: "routes", stakeholder: "stakeholders" };

/** An edit that does not fit the map as it is. */
export class Unfit extends Error {}

export const steps = (map) => (map.phases ?? []).flatMap((phase) => phase.steps ?? []);
export const list = (map, of) => (of === "step" ? steps(map) : (map[LISTS[of]] ?? []));
export const cell = (map, lane, step) => (map.cards ?? []).filter((card) => card.lane === lane && card.step === step);
export const phaseOf = (map, step) => map.phases.find((phase) => (phase.steps ?? []).some((one) => one.id === step));
export const look = (map, of, id) => list(map, of).find((one) => one.id === id);

/** A part by its kind and id. */
export const find = (map, of, id) => {
  const found = look(map, of, id);
  if (!found) throw new Unfit(`there is no ${of} ${id}`);
  return found;
};

/** What a part's field holds; plain data leave out what is as by default. */
export const value = (part, name, defaults) => part[name] ?? structuredClone(defaults[name] ?? null);

const ids = (map) => new Set([...steps(map), ...Object.keys(LISTS).flatMap((of) => list(map, of))].map((one) => one.id));
const after = (parts, part) => parts[parts.indexOf(part) + 1]?.id ?? "";
const told = (edit) => Object.fromEntries(Object.entries(edit).filter(([, one]) => one !== "" && one !== undefined));

const put = (parts, part, before) => {
  // of a card only in its own cell; other parts have neither lane nor step
  const at = parts.findIndex((one) => one.id === before && one.lane === part.lane && one.step === part.step);
  parts.splice(at < 0 ? parts.length : at, 0, part);
};
const home = (map, of, inside) => {
  if (of !== "step") return (map[LISTS[of]] ??= []);
  return (find(map, "phase", inside).steps ??= []);
};
const inside = (map, of, id) => {
  const gone = of === "phase" ? (find(map, of, id).steps ?? []).map((one) => one.id) : of === "step" ? [id] : [];
  const cards = (map.cards ?? []).filter((card) => gone.includes(card.step) || (of === "lane" && card.lane === id));
  const routes = (map.routes ?? []).filter((way) => gone.includes(way.start) || gone.includes(way.end));
  return { cards, routes };
};
const place = (map, of, part) => {
  if (of === "step") {
    const phase = phaseOf(map, part.id);
    return { op: "move", of, id: part.id, inside: phase.id, before: after(phase.steps, part) };
  }
  if (of === "card") {
    const values = { lane: part.lane, step: part.step };
    return { op: "move", of, id: part.id, values, before: after(cell(map, part.lane, part.step), part) };
  }
  return { op: "move", of, id: part.id, before: after(map[LISTS[of]], part) };
};
const without = (map, of, part) => {
  const parts = of === "step" ? phaseOf(map, part.id).steps : map[LISTS[of]];
  parts.splice(parts.indexOf(part), 1);
};

const DO = {
  add(map, edit) {
    const taken = ids(map);
    const part = { ...structuredClone(edit.values ?? {}), id: edit.id };
    if (!edit.id || taken.has(edit.id)) throw new Unfit(`there is already something called ${edit.id}`);
    if (edit.of === "phase" && (part.steps ?? []).some((one) => taken.has(one.id))) throw new Unfit("a step is there twice");
    if (edit.of === "card") [find(map, "lane", part.lane), find(map, "step", part.step)];
    put(home(map, edit.of, edit.inside), part, edit.before);
    return [{ op: "remove", of: edit.of, id: edit.id }];
  },
  set(map, edit, defaults) {
    const part = edit.of === "map" ? map : find(map, edit.of, edit.id);
    const was = {};
    for (const [name, now] of Object.entries(edit.values ?? {})) {
      was[name] = value(part, name, defaults[edit.of]);
      part[name] = structuredClone(now);
    }
    return [told({ op: "set", of: edit.of, id: edit.id, values: was })];
  },
  move(map, edit) {
    const part = find(map, edit.of, edit.id);
    const back = place(map, edit.of, part);
    const into = edit.inside || back.inside;
    const to = { lane: part.lane, step: part.step, ...(edit.of === "card" ? edit.values : {}) };
    if (edit.before === edit.id && to.lane === part.lane && to.step === part.step && into === back.inside) return [];
    if (edit.of === "card") [find(map, "lane", to.lane), find(map, "step", to.step)];
    if (edit.of === "step") find(map, "phase", into);
    without(map, edit.of, part);
    if (edit.of === "card") Object.assign(part, to);
    put(home(map, edit.of, into), part, edit.before);
    return [told(back)];
  },
  remove(map, edit) {
    const part = find(map, edit.of, edit.id);
    const { cards, routes } = inside(map, edit.of, edit.id);
    const gone = [[edit.of, part], ...cards.map((one) => ["card", one]), ...routes.map((one) => ["route", one])];
    const undo = [];
    for (const [of, one] of gone.reverse()) { // cards before what holds them, so that each place is told while it stands
      const { inside: into, before } = place(map, of, one);
      const { id, ...values } = structuredClone(one);
      undo.unshift(told({ op: "add", of, id, values, inside: into, before }));
      without(map, of, one);
    }
    return undo;
  },
};

/**
 * Apply edits to a copy of a map.
 * Returns the map after them and the edits that undo them; throws `Unfit` and changes nothing where one does not fit.
 */
export const apply = (map, edits, defaults) => {
  const now = structuredClone(map);
  const undo = [];
  for (const edit of edits) undo.unshift(...DO[edit.op](now, edit, defaults));
  return { map: now, undo };
};

const fields = (edit) => (edit.op === "set" ? Object.keys(edit.values ?? {}) : [edit.op === "move" ? "(place)" : "*"]);

/** Those of some edits that would overwrite or undo what others did meanwhile; what goes with a removed part is told by the server. */
export const clashing = (edits, others) =>
  edits.filter((edit) =>
    others.some((other) => {
      if (other.of !== edit.of || (other.id ?? "") !== (edit.id ?? "")) return false;
      const [mine, theirs] = [fields(edit), fields(other)];
      return mine.includes("*") || theirs.includes("*") || mine.some((name) => theirs.includes(name));
    }),
  );

/** A new id, unlike any other. */
export const fresh = (kind) => {
  const parts = crypto.getRandomValues(new Uint32Array(2));
  return `${kind[0]}${[...parts].map((part) => part.toString(36)).join("")}`.slice(0, 13);
};
