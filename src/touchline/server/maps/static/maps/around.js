// Parts of a page that take longer are fetched after it, one after the other; without an answer, what stands there stays.
const tries = 3;
const lay = async (place) => {
  for (let at = 0; at < tries; at += 1) {
    const found = await fetch(place.dataset.later, { cache: "no-store" });
    if (found.ok) place.innerHTML = await found.text();
    if (found.status !== 503) return; // what was found in too short a time is remembered: asked again, it goes on
  }
};
const all = async () => {
  const places = [...document.querySelectorAll("[data-later]")];
  for (const place of places) place.setAttribute("aria-busy", "true");
  for (const place of places) {
    await lay(place).catch(() => {});
    place.removeAttribute("aria-busy");
    place.dispatchEvent(new Event("laid", { bubbles: true }));
  }
};
all();
document.addEventListener("fresh", all);
