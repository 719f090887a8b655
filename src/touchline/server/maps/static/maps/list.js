// What was measured of each map comes when its card is seen: the list itself waits for nothing.
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    fetch(target.dataset.glance)
      .then((said) => (said.ok ? said.text() : ""))
      .then((text) => {
        if (!text) return;
        const found = new DOMParser().parseFromString(text, "text/html");
        target.replaceChildren(...found.body.childNodes);
      })
      .catch(() => {}); // the card stays as it is: what is believed is there
  }
});
document.querySelectorAll("[data-glance]").forEach((one) => seen.observe(one));

// A zoom's stage is chosen with its template.
document.querySelectorAll(".template select").forEach((one) =>
  one.addEventListener("focus", () => (one.closest(".template").querySelector("input").checked = true)),
);
