// The filter bar applies itself; g and a letter go to a page; / goes to the search.
const filters = document.querySelector("[data-filters]");
if (filters) {
  filters.classList.add("live");
  filters.addEventListener("change", () => {
    for (const field of filters.elements) if (field.name && !field.value) field.disabled = true;
    filters.requestSubmit();
  });
}

const letters = {
  o: "", h: "heatmap", s: "stages", p: "paths", i: "issues", v: "service", a: "value", f: "feedback", c: "customers", d: "data",
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
