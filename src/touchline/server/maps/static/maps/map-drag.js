// Cards, steps, phases and lanes are dragged; a line shows where they will stand. Nothing is laid out anew until they
// are let go of, so that large maps stay smooth.
const NEAR = 5; // px before a press is a drag
const HOLD = 320; // ms that a finger rests before it drags
const EDGE = 48; // px from an edge at which the map scrolls

const within = (box, x, y) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;

/** Where a card would stand: its list and the card that follows it. */
const forCard = (x, y, held) => {
  const td = document.elementFromPoint(x, y)?.closest?.("td[data-step]");
  const into = td?.querySelector(":scope > ul.cell");
  if (!into) return null;
  const cards = [...into.children].filter((one) => one !== held);
  const next = cards.find((one) => {
    const box = one.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  const box = (next ?? cards.at(-1) ?? into).getBoundingClientRect();
  const around = td.getBoundingClientRect();
  const top = next ? box.top - 3 : cards.length ? box.bottom + 2 : around.top + 9;
  const values = { lane: td.parentElement.dataset.lane, step: td.dataset.step };
  return { values, before: next?.dataset.card ?? "", mark: { left: around.left + 8, top, width: around.width - 16, height: 2 } };
};

/** Where a head would stand among its like. */
const forHead = (x, y, held, name, frame) => {
  const across = name !== "lane";
  const heads = [...held.closest("table").querySelectorAll(across ? `th[data-${name}]` : "tr[data-lane] > th")];
  const boxes = heads.filter((one) => one.getClientRects().length).map((one) => [one, one.getBoundingClientRect()]);
  const found = boxes.find(([, box]) => (across ? x < box.left + box.width / 2 : y < box.top + box.height / 2));
  const last = boxes.at(-1)[1];
  const around = frame.getBoundingClientRect();
  const table = held.closest("table").getBoundingClientRect();
  const id = (one) => one.dataset[name] ?? one.closest("tr").dataset.lane;
  const at = across ? (found ? found[1].left : last.right) : found ? found[1].top : last.bottom;
  const mark = across
    ? { left: at - 1, top: Math.max(table.top, around.top), width: 2, height: Math.min(table.bottom, around.bottom) - Math.max(table.top, around.top) }
    : { left: around.left, top: at - 1, width: around.width, height: 2 };
  return { next: found ? id(found[0]) : "", last: id(boxes.at(-1)[0]), mark };
};

export const dragging = (table, frame, drop) => {
  const mark = Object.assign(document.createElement("div"), { className: "drop-mark", hidden: true });
  document.body.append(mark);
  let held = null;

  const what = (target) => {
    const card = target.closest(".cardlet");
    if (card) return { one: card, of: "card", id: card.dataset.card };
    const th = target.closest("th");
    if (th?.dataset.phase) return { one: th, of: "phase", id: th.dataset.phase };
    if (th?.dataset.step) return { one: th, of: "step", id: th.dataset.step };
    const lane = th?.parentElement.dataset.lane;
    return lane ? { one: th, of: "lane", id: lane } : null;
  };

  const begin = () => {
    const box = held.one.getBoundingClientRect();
    const ghost = held.one.cloneNode(true);
    for (const named of [ghost, ...ghost.querySelectorAll("*")]) for (const name of Object.keys(named.dataset)) delete named.dataset[name];
    const block = document.createElement("div");
    block.className = `ghost ${held.of === "card" ? held.one.className : "head-ghost"}`;
    block.append(...ghost.childNodes);
    block.style.width = `${Math.min(box.width, 260)}px`;
    document.body.append(block);
    Object.assign(held, { ghost: block, dx: held.x - box.left, dy: held.y - box.top });
    held.one.classList.add("held");
    if (held.real) held.one.setPointerCapture(held.pointer); // the hand stays a hand, wherever it is
    document.body.classList.add("dragging");
    table.dispatchEvent(new CustomEvent("held"));
    scrolls();
  };

  const place = () => {
    if (!held?.ghost) return;
    held.ghost.style.transform = `translate(${held.x - Math.min(held.dx, 200)}px, ${held.y - held.dy}px)`;
    held.to = held.of === "card" ? forCard(held.x, held.y, held.one) : forHead(held.x, held.y, held.one, held.of, frame);
    mark.hidden = !held.to;
    if (!held.to) return;
    const { left, top, width, height } = held.to.mark;
    Object.assign(mark.style, { transform: `translate(${left}px, ${top}px)`, width: `${width}px`, height: `${height}px` });
  };

  const scrolls = () => {
    if (!held?.ghost) return;
    const box = frame.getBoundingClientRect();
    const speed = (at, low, high) => (at < low + EDGE ? at - low - EDGE : at > high - EDGE ? at - high + EDGE : 0) / 3;
    const left = table.querySelector("tbody th")?.offsetWidth ?? 0;
    const [x, y] = [speed(held.x, box.left + (held.of === "lane" ? -1e6 : left), box.right), speed(held.y, Math.max(box.top, 0), Math.min(box.bottom, innerHeight))];
    if ((x || y) && within({ left: box.left - 80, right: box.right + 80, top: -80, bottom: innerHeight + 80 }, held.x, held.y)) {
      frame.scrollBy(held.of === "lane" ? 0 : x, held.of === "card" || held.of === "lane" ? y : 0);
      place();
    }
    requestAnimationFrame(scrolls);
  };

  const end = (keep) => {
    if (!held) return;
    clearTimeout(held.resting);
    const { ghost, one, to, of, id } = held;
    ghost?.remove();
    mark.hidden = true;
    one.classList.remove("held");
    document.body.classList.remove("dragging");
    held = null;
    if (!ghost) return;
    addEventListener("click", (event) => event.stopPropagation(), { capture: true, once: true });
    setTimeout(() => dispatchEvent(new Event("click")), 0); // takes the listener away where no click follows
    if (keep && to) drop({ of, id, ...to });
  };

  table.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("textarea, input, button, a, [role=slider]")) return;
    const found = what(event.target);
    if (!found) return;
    held = { ...found, x: event.clientX, y: event.clientY, from: [event.clientX, event.clientY], finger: event.pointerType === "touch", pointer: event.pointerId, real: event.isTrusted };
    if (held.finger) held.resting = setTimeout(() => held && !held.ghost && begin(), HOLD);
  });
  addEventListener("pointermove", (event) => {
    if (!held) return;
    [held.x, held.y] = [event.clientX, event.clientY];
    const far = Math.hypot(held.x - held.from[0], held.y - held.from[1]) > NEAR;
    if (!held.ghost && far && held.finger) return end(false); // the finger scrolls
    if (!held.ghost && far) begin();
    if (held.ghost && !held.due) {
      held.due = true;
      requestAnimationFrame(() => {
        if (held) held.due = false;
        place();
      });
    }
  });
  addEventListener("pointerup", () => {
    place();
    end(true);
  });
  addEventListener("pointercancel", () => end(false));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !held?.ghost) return;
    event.stopPropagation();
    end(false);
  }, { capture: true });
  table.addEventListener("touchmove", (event) => held?.ghost && event.preventDefault(), { passive: false });
  table.addEventListener("selectstart", (event) => held && event.preventDefault());
  table.addEventListener("dragstart", (event) => event.preventDefault());
};

/** What is believed of a step is dragged up and down. */
export const beliefs = (table, scale, said) => {
  let held = null;
  const show = (dot, value) => {
    dot.setAttribute("cy", scale.y(value));
    dot.setAttribute("aria-valuenow", value);
    dot.setAttribute("aria-valuetext", value);
    dot.classList.remove("unsaid");
    const label = dot.parentElement.querySelector("text");
    if (label) {
      label.textContent = value;
      label.setAttribute("y", scale.y(value) - 9);
    }
  };
  table.addEventListener("pointerdown", (event) => {
    const dot = event.target.closest("[data-belief]");
    if (!dot || event.button) return;
    const box = dot.closest("svg.emotions").getBoundingClientRect();
    held = { dot, top: box.top, value: null };
    dot.setPointerCapture(event.pointerId);
  });
  table.addEventListener("pointermove", (event) => {
    if (!held) return;
    held.value = Math.round(Math.max(0, Math.min(100, scale.value(event.clientY - held.top))));
    show(held.dot, held.value);
  });
  const done = () => {
    if (!held) return;
    const { dot, value } = held;
    held = null;
    if (value !== null) said(dot, value);
  };
  table.addEventListener("pointerup", done);
  table.addEventListener("pointercancel", done);
  table.addEventListener("keydown", (event) => {
    const dot = event.target.closest("[data-belief]");
    if (!dot || event.altKey || event.ctrlKey || event.metaKey) return;
    const now = Number(dot.getAttribute("aria-valuenow"));
    const by = { ArrowUp: event.shiftKey ? 5 : 1, ArrowDown: event.shiftKey ? -5 : -1, PageUp: 10, PageDown: -10 }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      const value = Math.max(0, Math.min(100, now + by));
      show(dot, value);
      said(dot, value);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      event.stopPropagation();
      said(dot, null);
    }
  });
};
