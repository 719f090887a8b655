// A map before people: one step after the other, large, with what was measured of it said in a line.
import { steps } from "./map-edits.js";

const el = (name, props = {}, ...children) => {
  const one = Object.assign(document.createElement(name), props);
  one.append(...children);
  return one;
};

let running = null;
export const present = (page, { element, focus }) => {
  if (running) return running.end();
  const { map } = page.sync;
  const order = steps(map);
  const body = document.body;
  const said = el("div", { className: "telling", role: "status" });
  const frame = document.querySelector(".map-frame");
  const table = page.drawing.table;
  let at = -1;
  const last = document.activeElement;

  const line = (step) => {
    const found = page.told.steps[step.id];
    const jsi = found?.metrics?.jsi;
    const parts = [];
    if (jsi?.value !== null && jsi?.value !== undefined) {
      const margin = jsi.low === null ? "" : ` ±${Math.round((jsi.high - jsi.low) / 2)}`;
      parts.push(el("b", { textContent: `${Math.round(jsi.value)}` }), el("small", { textContent: `JSI${margin} · ${found.volume.toLocaleString(document.documentElement.lang)}` }));
    }
    const topic = found?.topics?.[0];
    if (topic) parts.push(el("span", { textContent: `${topic.title} (${Math.round(topic.share * 100)} %)` }));
    const quote = found?.said?.[0];
    if (quote) parts.push(el("q", { textContent: quote.text }));
    return parts;
  };
  const show = (to) => {
    at = Math.max(-1, Math.min(order.length - 1, to));
    for (const one of table.querySelectorAll(".lit")) one.classList.remove("lit");
    table.classList.toggle("one", at >= 0);
    const step = order[at];
    if (!step) {
      said.replaceChildren(el("strong", { textContent: map.name }), el("span", { textContent: [map.scenario, map.goal].filter(Boolean).join(" · ") }));
      frame.scrollTo({ left: 0, behavior: "smooth" });
      return;
    }
    for (const one of table.querySelectorAll(`[data-step="${CSS.escape(step.id)}"], [data-measured="${CSS.escape(step.id)}"]`)) one.classList.add("lit");
    said.replaceChildren(el("strong", { textContent: step.name }), ...line(step), el("i", { textContent: `${at + 1} / ${order.length}` }));
    const head = element("step", step.id);
    const box = head.getBoundingClientRect();
    const around = frame.getBoundingClientRect();
    frame.scrollBy({ left: box.left + box.width / 2 - around.left - around.width / 2, behavior: "smooth" });
  };
  const keys = (event) => {
    const by = { ArrowRight: 1, " ": 1, PageDown: 1, Enter: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
    if (event.key !== "Escape" && event.key !== "Home" && by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") running.end();
    else show(event.key === "Home" ? -1 : at + by);
  };
  const press = (event) => {
    if (event.target.closest("button, a, dialog")) return;
    show(at + (event.clientX < innerWidth / 3 ? -1 : 1));
  };
  running = {
    end: () => {
      removeEventListener("keydown", keys, true);
      frame.removeEventListener("click", press);
      body.classList.remove("presenting");
      table.classList.remove("one");
      for (const one of table.querySelectorAll(".lit")) one.classList.remove("lit");
      said.remove();
      running = null;
      last?.focus?.();
    },
  };
  const close = el("button", { type: "button", className: "end small", textContent: "Esc" });
  close.addEventListener("click", () => running.end());
  body.classList.add("presenting");
  document.querySelector(".map-room").after(said);
  said.after(close);
  const end = running.end;
  running.end = () => {
    close.remove();
    end();
  };
  addEventListener("keydown", keys, true);
  frame.addEventListener("click", press);
  show(-1);
  focus?.(element("step", order[0]?.id) ?? table);
};
