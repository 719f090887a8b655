// The inbox by keyboard: j and k walk, x chooses, e explains; the explanation opens beside the texts.
const list = () => document.querySelector("[data-inbox]");
const texts = () => [...document.querySelectorAll("[data-text]")];
const boxes = () => [...document.querySelectorAll('[data-inbox] input[name="text"]')];
let here = -1;

const stand = (at) => {
  const all = texts();
  if (!all.length) return;
  here = Math.max(0, Math.min(all.length - 1, at));
  all.forEach((one, i) => one.classList.toggle("here", i === here));
  all[here].scrollIntoView({ block: "nearest" });
};

let asked = 0;
let told = null;
const explain = async (link) => {
  const place = document.querySelector("[data-explained]");
  if (!link || !place) return;
  const turn = ++asked;
  const said = await fetch(link.href, { headers: { Accept: "text/html" } });
  const found = new DOMParser().parseFromString(await said.text(), "text/html");
  if (turn !== asked) return; // another text was chosen meanwhile
  const part = found.querySelector("[data-explanation]") ?? found.querySelector(".empty");
  if (!part) return;
  told = part;
  place.replaceChildren(part);
  if (getComputedStyle(place).position !== "sticky") place.scrollIntoView({ block: "start" });
};

const count = () => {
  const chosen = boxes().filter((one) => one.checked).length;
  const all = document.querySelector("[data-all]");
  const number = document.querySelector("[data-count]");
  if (!all || !number) return;
  number.dataset.words ??= number.textContent;
  number.textContent = chosen ? String(chosen) : number.dataset.words;
  all.checked = chosen > 0 && chosen === boxes().length;
  all.indeterminate = chosen > 0 && !all.checked;
};

document.addEventListener("fresh", () => {
  if (told) document.querySelector("[data-explained]")?.replaceChildren(told);
  if (here >= 0) stand(here);
});

let last = -1;
document.addEventListener("click", (event) => {
  const why = event.target.closest("[data-why]");
  if (why && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    stand(texts().indexOf(why.closest("[data-text]")));
    explain(why);
  }
  const box = event.target.closest('[data-inbox] input[name="text"]');
  if (box) {
    const all = boxes();
    const at = all.indexOf(box);
    if (event.shiftKey && last >= 0)
      for (let i = Math.min(at, last); i <= Math.max(at, last); i++) all[i].checked = box.checked;
    last = at;
    count();
  }
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) {
    for (const one of boxes()) one.checked = event.target.checked;
    count();
  } else if (event.target.closest("[data-asks]") && event.target.matches("select, [type=checkbox]")) {
    const form = event.target.closest("[data-asks]");
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    form.requestSubmit();
  }
});
addEventListener("keydown", (event) => {
  if (!list() || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  const one = texts()[here];
  if (event.key === "j") stand(here + 1);
  else if (event.key === "k") stand(here - 1);
  else if (event.key === "x") {
    const box = one?.querySelector('input[name="text"]');
    if (box) {
      box.checked = !box.checked;
      count();
    }
  } else if (event.key === "e") explain(one?.querySelector("[data-why]"));
});

// A lesson that is being given tells how far it is, and at its end what it brought.
const follow = async () => {
  const card = document.querySelector("[data-lesson]");
  if (!card || !("running" in card.dataset)) return;
  const said = await fetch(card.dataset.lesson, { cache: "no-store" });
  if (said.ok) {
    const fresh = new DOMParser().parseFromString(await said.text(), "text/html").querySelector("[data-lesson]");
    if (fresh) card.replaceWith(document.adoptNode(fresh));
  }
};
setInterval(() => follow().catch(() => {}), 1000); // no answer: the next look may have one
