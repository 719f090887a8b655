// The filter bar applies itself; g and a letter go to a page; / goes to the search.
const filters = document.querySelector("[data-filters]");
if (filters) {
  filters.classList.add("live");
  filters.addEventListener("change", () => {
    for (const field of filters.elements) if (field.name && !field.value) field.disabled = true;
    filters.requestSubmit();
  });
}

let waiting = false;
addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    const search = document.querySelector("[data-search]");
    if (search) search.focus();
    else document.querySelector('nav [data-key="f"]')?.click();
  } else if (event.key === "g") {
    waiting = true;
    setTimeout(() => (waiting = false), 1200);
  } else if (waiting) {
    const place = document.querySelector(`nav [data-key="${CSS.escape(event.key)}"]`);
    waiting = false;
    if (place) place.click();
  }
});
