// What was measured of each map comes when its card is seen, one after the other: the list itself waits for nothing.
let before = Promise.resolve();
const bring = async (place) => {
  const said = await fetch(place.dataset.glance);
  if (!said.ok) return;
  const found = new DOMParser().parseFromString(await said.text(), "text/html");
  place.replaceChildren(...found.body.childNodes);
};
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    before = before.then(() => bring(target)).catch(() => {}); // the card stays as it is: what is believed is there
  }
});
document.querySelectorAll("[data-glance]").forEach((one) => seen.observe(one));

// What a template asks for is chosen with it.
document.querySelectorAll(".template select").forEach((one) =>
  one.addEventListener("focus", () => (one.closest(".template").querySelector("input").checked = true)),
);
