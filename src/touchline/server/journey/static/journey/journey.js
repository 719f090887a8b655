// The filter bar applies itself; g and a letter go to a page; / goes to the search; new data appear by themselves.
const every = 10_000;

const applyItself = () => {
  const filters = document.querySelector("[data-filters]");
  if (!filters) return;
  filters.classList.add("live");
  filters.addEventListener("change", (event) => {
    if (event.target.closest(".dates")) return; // all of them first, then the button
    if (event.target.name === "days") filters.querySelectorAll(".dates input").forEach((day) => (day.value = ""));
    filters.requestSubmit();
  });
  filters.addEventListener("submit", () => {
    for (const field of filters.elements) if (field.name && !field.value) field.disabled = true;
  });
};
applyItself();
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("[data-filters] [disabled]").forEach((field) => (field.disabled = false));
});

// What opens over the page closes when something else is chosen, or with Escape.
const over = "details.dates[open], details.save[open], details.sorts[open]";
addEventListener("click", (event) => {
  document.querySelectorAll(over).forEach((one) => one.contains(event.target) || (one.open = false));
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll(over).forEach((one) => {
    one.open = false;
    one.querySelector("summary").focus();
  });
});

// A page that nobody is typing in, and that is seen, fetches itself again when the data have changed.
const page = document.querySelector("[data-version]");
let published = page?.dataset.published;
const look = async () => {
  if (document.hidden || document.activeElement?.matches("input, select, textarea")) return;
  if (page.querySelector("[data-text] input:checked")) return; // what somebody has chosen is not taken from them
  const said = await fetch(page.dataset.version, { headers: { "If-None-Match": `"${published}"` }, cache: "no-store" });
  if (!said.ok) return;
  published = await said.text();
  const fresh = await fetch(location.href, { cache: "no-store" });
  if (!fresh.ok) return;
  const found = new DOMParser().parseFromString(await fresh.text(), "text/html").querySelector("[data-version]");
  if (!found) return;
  const open = [...page.querySelectorAll("details")].map((one) => one.open);
  page.replaceChildren(...found.childNodes);
  page.querySelectorAll("details").forEach((one, at) => (one.open = open[at] ?? false));
  applyItself();
  document.dispatchEvent(new Event("fresh"));
};
if (page) setInterval(() => look().catch(() => {}), every); // no answer: the next look may have one

const letters = {
  o: "", h: "heatmap", s: "stages", p: "paths", i: "issues", v: "service", a: "value", m: "programme", f: "feedback", c: "customers", d: "data",
};
const go = (letter) => {
  const path = letters[letter];
  if (path !== undefined) document.querySelector(`nav a[href^="/w/"][href$="/${path}"]`)?.click();
};
let waiting = false;
addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    const search = document.querySelector("[data-search]");
    if (search) search.focus();
    else go("f");
  } else if (event.key === "g") {
    waiting = true;
    setTimeout(() => (waiting = false), 1200);
  } else if (waiting) {
    waiting = false;
    go(event.key);
  }
});
