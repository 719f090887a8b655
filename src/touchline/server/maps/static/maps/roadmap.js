// Cards of the roadmap move between columns: dragged, by keys, or by their buttons; what each would bring is laid in.
const root = document.querySelector("[data-roadmap]");
const said = root.querySelector("[data-said]");

const counted = () => {
  for (const lane of root.querySelectorAll("[data-status]")) lane.querySelector("[data-count]").textContent = lane.querySelectorAll(".chit").length;
};
const moved = async (card, lane, undo) => {
  const form = card.querySelector("form");
  if (!form) return undo();
  const data = new FormData(form);
  data.set("status", lane.dataset.status);
  counted();
  try {
    const answer = await fetch(root.dataset.roadmap, { method: "POST", body: data, headers: { "Touchline-Part": "status", Accept: "application/json" } });
    if (answer.ok) {
      said.textContent = `${card.querySelector("a").textContent}: ${lane.querySelector("h2").firstChild.textContent.trim()}`;
      steps(card);
      return;
    }
    said.textContent = (await answer.json()).error.what;
  } catch {
    said.textContent = root.dataset.silent;
  }
  undo();
  counted();
};
// The buttons of a card lead to the columns beside the one where it is now.
const steps = (card) => {
  const lane = card.closest("[data-status]");
  const beside = { "←": lane.previousElementSibling, "→": lane.nextElementSibling };
  for (const button of card.querySelectorAll("button.step")) {
    const next = beside[button.textContent.trim()];
    button.hidden = !next;
    if (next) button.value = next.dataset.status;
  }
};
const put = (card, lane) => {
  const from = card.parentElement;
  const next = card.nextElementSibling;
  lane.querySelector("ul").append(card);
  card.focus();
  return moved(card, lane, () => from.insertBefore(card, next));
};

root.addEventListener("keydown", (event) => {
  const card = event.target;
  if (!card.matches(".chit") || !event.altKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  const lane = card.closest("[data-status]");
  const next = event.key === "ArrowLeft" ? lane.previousElementSibling : lane.nextElementSibling;
  if (next?.dataset.status) put(card, next);
});
root.addEventListener("submit", (event) => {
  const card = event.target.closest(".chit");
  if (!card || !event.submitter?.matches(".step")) return;
  event.preventDefault();
  const lane = root.querySelector(`[data-status="${event.submitter.value}"]`);
  if (lane) put(card, lane);
});
if (window.Sortable && root.querySelector(".chit form")) {
  for (const list of root.querySelectorAll("[data-status] ul")) {
    window.Sortable.create(list, {
      group: "cards", animation: 120, delay: 120, delayOnTouchOnly: true, filter: "a, button", preventOnFilter: false, sort: false,
      onEnd: (event) => {
        if (event.from === event.to) return;
        const before = event.from.children[event.oldIndex] ?? null;
        moved(event.item, event.to.closest("[data-status]"), () => event.from.insertBefore(event.item, before));
      },
    });
  }
}

// What each would bring is fetched after the page; a short line of it stands on the card.
root.addEventListener("laid", (event) => {
  for (const one of event.target.querySelectorAll("data[data-for]")) {
    const told = root.querySelector(`[data-told="${CSS.escape(one.dataset.for)}"]`);
    if (!told) continue;
    told.textContent = one.value;
    if (one.dataset.tone) told.classList.add(one.dataset.tone);
  }
});
