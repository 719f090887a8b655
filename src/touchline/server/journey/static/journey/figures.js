// What figures can do beside being looked at: say their numbers on hover and focus, become files, load later.
const own = document.querySelector("script[data-charts]")?.dataset ?? {};

// one tip for all: what has data-tip says it on hover and on focus
const tip = Object.assign(document.createElement("div"), { className: "tip", hidden: true });
tip.setAttribute("role", "tooltip");
document.body.append(tip);
const say = (event) => {
  const found = event.target.closest?.("[data-tip]");
  tip.hidden = !found;
  if (!found) return;
  found.querySelector(":scope > title")?.remove(); // the browser's own would stand beside it
  found.removeAttribute("title");
  tip.textContent = found.dataset.tip;
  const box = found.getBoundingClientRect();
  const x = event.clientX ?? box.left + box.width / 2;
  const wide = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(x - wide.width / 2, innerWidth - wide.width - 8))}px`;
  tip.style.top = `${box.top > wide.height + 16 ? box.top - wide.height - 8 : box.bottom + 8}px`;
};
addEventListener("pointerover", say);
addEventListener("focusin", (event) => {
  const cell = event.target.closest?.("[data-tip]");
  if (cell) say({ target: cell });
  else tip.hidden = true;
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape") tip.hidden = true;
});
addEventListener("scroll", () => (tip.hidden = true), { passive: true, capture: true });

// pictures as files
const give = (href, name) => {
  const link = Object.assign(document.createElement("a"), { href, download: name });
  link.click();
};
const file = (blob, name) => {
  const address = URL.createObjectURL(blob);
  give(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 1000);
};
const asPng = async (text, name) => {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width * 2, height: image.height * 2 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fffefb";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.scale(2, 2);
  pen.drawImage(image, 0, 0);
  canvas.toBlob((blob) => blob && file(blob, name), "image/png");
};
const drawing = (figure) => {
  const found = [...figure.querySelectorAll(".picture > svg, .picture > .fit > svg")].filter(
    ({ parentElement: place }) => !place.matches(".fit") || getComputedStyle(place).display !== "none",
  );
  return found.length === 1 ? new XMLSerializer().serializeToString(found[0]) : null;
};
addEventListener("click", (event) => {
  const button = event.target.closest("[data-save]");
  if (button) {
    const figure = button.closest("[data-figure]");
    const text = drawing(figure);
    const name = figure.dataset.figure.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "") || "figure";
    if (!text) return;
    if (button.dataset.save === "svg") file(new Blob([text], { type: "image/svg+xml" }), `${name}.svg`);
    else asPng(text, `${name}.png`);
  }
  const png = event.target.closest("[data-as-png]");
  if (png) fetch(png.dataset.asPng).then((answer) => answer.text()).then((text) => asPng(text, "heatmap.png"));
});

const fragment = async (address) => {
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...(page.querySelector("[data-fragment]")?.childNodes ?? page.querySelector(".card")?.childNodes ?? [])];
};
const loading = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    loading.unobserve(target);
    target.setAttribute("aria-busy", "true");
    fragment(target.dataset.load)
      .then((nodes) => {
        if (nodes.length) target.replaceChildren(...nodes);
        target.removeAttribute("aria-busy");
        enhance(target);
      })
      .catch(() => target.removeAttribute("aria-busy")); // the link stays
  }
}, { rootMargin: "200px" });

// the steps of a funnel: dragged, or moved with buttons
const script = (src) =>
  new Promise((resolve, reject) => {
    const made = Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject });
    document.head.append(made);
  });
const builder = (form) => {
  const list = form.querySelector("[data-steps]");
  form.querySelectorAll("[hidden]").forEach((one) => (one.hidden = false));
  list.addEventListener("click", (event) => {
    const step = event.target.closest("li");
    const move = event.target.closest("[data-move]");
    if (event.target.closest("[data-remove]")) step.remove();
    if (!move) return;
    const other = Number(move.dataset.move) < 0 ? step.previousElementSibling : step.nextElementSibling;
    if (!other || other.classList.contains("extra")) return;
    if (Number(move.dataset.move) < 0) other.before(step);
    else other.after(step);
    move.focus();
  });
  form.addEventListener("submit", () => form.querySelectorAll("input, select").forEach((one) => (one.disabled = !one.value)));
  script(own.sortable).then(() => window.Sortable.create(list, { handle: ".grip", filter: ".extra", animation: 120 })).catch(() => {});
};

/** Give the figures below a part of the page what they can do. */
const enhance = (root = document) => {
  root.querySelectorAll("[data-save]").forEach((button) => {
    button.hidden = !drawing(button.closest("[data-figure]"));
  });
  root.querySelectorAll("a[data-png]").forEach((link) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: "PNG" });
    made.dataset.asPng = link.href;
    link.removeAttribute("data-png");
    link.after(made);
  });
  root.querySelectorAll("[data-load]").forEach((place) => loading.observe(place));
  root.querySelectorAll("[data-builder]").forEach(builder);
  const charts = root.querySelectorAll("[data-chart]");
  if (charts.length && own.charts) {
    import(own.charts).then(({ draw }) => charts.forEach((place) => draw(place, own.echarts))).catch(() => {});
  }
};

// a headline opens below its strip
addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-opens]");
  const place = link && document.querySelector(`[data-panel="${link.dataset.opens}"]`);
  if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (place.childElementCount) return place.replaceChildren();
  place.setAttribute("aria-busy", "true");
  try {
    const made = Object.assign(document.createElement("div"), { className: "two wide" });
    made.append(...(await fragment(link.href)));
    place.replaceChildren(made);
    enhance(place);
  } catch {
    location.href = link.href;
  }
  place.removeAttribute("aria-busy");
});
enhance();
document.addEventListener("fresh", () => enhance());
