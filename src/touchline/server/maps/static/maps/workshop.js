// A workshop's room: what others do appears by itself, notes are dragged or moved by keys, and what is typed stays.
const room = document.querySelector("[data-room]");
const board = room.querySelector("[data-board]");
const beside = room.querySelector("[data-beside]");
const said = document.querySelector("[data-said]");
const every = 1500;
const inner = () => board.querySelector(".inner");
const tell = (text) => (said.textContent = text);

// The clock: what the server says is left, counted down here.
let until = null;
let told = null;
const show = () => {
  const now = inner();
  const face = now.querySelector("[data-clock]");
  if (now.dataset.seconds === undefined) return;
  const left = now.dataset.running === undefined ? Number(now.dataset.seconds) : Math.max(0, Math.round((until - performance.now()) / 1000));
  face.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  face.classList.toggle("soon", left <= 60 && left > 0);
  face.classList.toggle("up", left === 0);
  if (now.dataset.running !== undefined && (left === 60 || left === 0) && told !== left) {
    told = left;
    tell(face.textContent);
  }
};
const wind = () => {
  const on = board.querySelector(".agenda .on");
  const strip = on?.parentElement;
  if (on) strip.scrollLeft = on.offsetLeft - (strip.clientWidth - on.clientWidth) / 2;
  until = performance.now() + 1000 * Number(inner().dataset.seconds ?? 0);
  told = null;
  show();
};
setInterval(show, 250);

// What is being typed, what is chosen and what is open is carried over into what the server sends.
const key = (field) => field.dataset.draft;
const carried = () => ({
  drafts: new Map([...board.querySelectorAll("[data-draft]")].filter((one) => one.dataset.dirty !== undefined).map((one) => [key(one), one.value])),
  chosen: new Set([...board.querySelectorAll("input[name=notes]:checked")].map((one) => one.value)),
  open: new Set([...board.querySelectorAll("details[data-keep][open]")].map((one) => one.dataset.keep)),
  at: document.activeElement?.dataset?.draft ?? null,
  caret: document.activeElement?.selectionStart ?? null,
  note: document.activeElement?.closest?.("[data-note]")?.dataset.note ?? null,
  scroll: board.querySelector(".board")?.scrollLeft ?? 0,
});
const put = (html) => {
  const was = carried();
  const before = inner().dataset.exercise;
  board.innerHTML = html;
  for (const one of board.querySelectorAll("[data-draft]")) {
    if (was.drafts.has(key(one))) {
      one.value = was.drafts.get(key(one));
      one.dataset.dirty = "";
    }
    if (key(one) === was.at) {
      one.focus({ preventScroll: true });
      if (was.caret !== null && one.setSelectionRange) one.setSelectionRange(was.caret, was.caret);
    }
  }
  for (const one of board.querySelectorAll("input[name=notes]")) one.checked = was.chosen.has(one.value);
  for (const one of board.querySelectorAll("details[data-keep]")) one.open = was.open.has(one.dataset.keep);
  if (was.at === null && was.note !== null) board.querySelector(`[data-note="${was.note}"]`)?.focus({ preventScroll: true });
  const across = board.querySelector(".board");
  if (across) across.scrollLeft = was.scroll;
  wind();
  drag();
  if (inner().dataset.exercise !== before) lay();
};

// Looking: only where nothing is being dragged; nothing comes back while nothing changed.
let dragging = false;
let sending = 0;
const look = async () => {
  if (document.hidden || dragging || sending) return;
  const found = await fetch(`${room.dataset.room}?after=${inner().dataset.version}`, { cache: "no-store" });
  if (found.status === 200 && !dragging && !sending) put(await found.text());
};
setInterval(() => look().catch(() => {}), every); // no answer: the next look may have one

const send = async (href, data) => {
  sending += 1;
  try {
    const answer = await fetch(href, { method: "POST", body: data, headers: { "Touchline-Part": "board", Accept: "application/json" } });
    if (answer.ok) return put(await answer.text());
    const wrong = await answer.json();
    tell(`${wrong.error.what}. ${wrong.error.todo ?? ""}`);
  } catch {
    tell(room.dataset.silent);
  } finally {
    sending -= 1;
  }
};
const token = () => room.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const part = (said_) => {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", token());
  for (const [name, value] of Object.entries(said_)) data.set(name, value);
  return send(room.dataset.part, data);
};

room.addEventListener("input", (event) => {
  if (event.target.dataset.draft) event.target.dataset.dirty = "";
});
room.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-do]")) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  for (const one of form.querySelectorAll("[data-draft]")) {
    if (one.name !== "prompt") delete one.dataset.dirty;
  }
  if (form.id === "chosen") for (const one of board.querySelectorAll("input[name=notes]")) one.checked = false;
  form.closest("details")?.removeAttribute("open");
  send(form.action, data);
});

// The data beside: fetched when the exercise is another one.
const lay = async () => {
  if (!beside) return; // guests see no data
  try {
    const found = await fetch(beside.dataset.beside, { cache: "no-store" });
    beside.innerHTML = found.ok ? await found.text() : "";
  } catch {
    beside.textContent = "";
  }
};

// Moving: by hand, and the same by keys.
const drag = () => {
  const { Sortable } = window;
  if (!Sortable || room.dataset.guest !== undefined) return;
  for (const list of board.querySelectorAll(".notes")) {
    Sortable.create(list, {
      group: "notes", animation: 120, filter: "input, textarea, select, button, summary, details[open]", preventOnFilter: false,
      delay: 120, delayOnTouchOnly: true,
      onStart: () => (dragging = true),
      onEnd: (event) => {
        dragging = false;
        if (event.from === event.to && event.oldIndex === event.newIndex) return;
        place(event.item.dataset.first, event.to.closest("[data-column]"), event.item.nextElementSibling?.dataset.first ?? "");
      },
    });
  }
};
const place = (note, column, before) => {
  const along = board.querySelector(".board").classList.contains("along");
  return part({ do: "move", note, before, [along ? "step" : "prompt"]: column.dataset.column });
};

const walk = (note, key_) => {
  const column = note.closest("[data-column]");
  const pile = note.closest(".pile");
  if (key_ === "ArrowUp" && pile.previousElementSibling) return place(note.dataset.note, column, pile.previousElementSibling.dataset.first);
  if (key_ === "ArrowDown" && pile.nextElementSibling) return place(note.dataset.note, column, pile.nextElementSibling.nextElementSibling?.dataset.first ?? "");
  const next = key_ === "ArrowLeft" ? column.previousElementSibling : key_ === "ArrowRight" ? column.nextElementSibling : null;
  if (next?.dataset.column !== undefined) return place(note.dataset.note, next, "");
};
board.addEventListener("keydown", (event) => {
  const note = event.target;
  if (!note.matches("[data-note]")) return;
  if (event.altKey && event.key.startsWith("Arrow")) room.dataset.guest === undefined && walk(note, event.key);
  else if (event.metaKey || event.ctrlKey || event.altKey) return;
  else if (event.key === "g") board.querySelector("[data-group]")?.click();
  else if ("xve".includes(event.key)) {
    note.querySelector(`[data-key=${event.key}]`)?.click();
    if (event.key === "e") note.querySelector("textarea")?.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
});

wind();
drag();
lay();
