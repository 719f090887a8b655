// A case opens beside the list; j and k walk through it, x chooses, a takes, e resolves, c writes; drafts are kept.
const console_ = document.querySelector(".console");
const typing = (target) => target.closest("input:not([type=checkbox]), select, textarea");
const rows = () => [...document.querySelectorAll(".list li[data-case]")];
const current = () => document.querySelector(".list li.on");

// What is written and not sent lies in this tab until it is sent.
const key = (form) => `touchline-draft-${location.pathname}-${form.dataset.draft}`;
const keepDrafts = (within) => {
  for (const form of within.querySelectorAll("form[data-draft]")) {
    const text = form.querySelector("textarea");
    if (text && !text.value) text.value = sessionStorage.getItem(key(form)) ?? "";
    text?.addEventListener("input", () => sessionStorage.setItem(key(form), text.value));
    form.addEventListener("submit", () => sessionStorage.removeItem(key(form)));
  }
};

let at = location.search; // a step to a place within the page, as "Skip to the page" is, is no other case
const show = async (href, push) => {
  const found = await fetch(href, { headers: { Accept: "text/html" }, cache: "no-store" });
  const page = new DOMParser().parseFromString(await found.text(), "text/html");
  const story = page.querySelector("[data-story]");
  if (!found.ok || !story) return location.assign(href);
  document.querySelector("[data-story]").replaceWith(story);
  for (const row of rows()) {
    const on = row.dataset.case === story.dataset.number;
    row.classList.toggle("on", on);
    row.querySelector("a").toggleAttribute("aria-current", on);
  }
  if (push) history.pushState({}, "", href);
  at = location.search;
  keepDrafts(story);
};

const narrow = matchMedia("(max-width: 760px)");
const open = (row) => {
  const link = row.querySelector("a");
  row.scrollIntoView({ block: "nearest" });
  return show(link.href, true).then(() => {
    if (narrow.matches) document.querySelector("[data-story]").scrollIntoView();
    else link.focus({ preventScroll: true });
  });
};

if (console_) {
  keepDrafts(document);
  console_.addEventListener("click", (event) => {
    const link = event.target.closest(".list li > a");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link.closest("li")).catch(() => location.assign(link.href));
  });
  addEventListener("popstate", () => location.search === at || show(location.href, false).catch(() => location.reload()));

  const bulk = document.querySelector("[data-bulk]");
  const counted = () => {
    const n = document.querySelectorAll(".list input[name=number]:checked").length;
    bulk?.classList.toggle("idle", !n);
    if (bulk) bulk.querySelector("[data-chosen]").textContent = n || "";
  };
  console_.querySelector(".list").addEventListener("change", counted);
  counted();

  const step = (by) => {
    const all = rows();
    const next = all[Math.min(all.length - 1, Math.max(0, all.indexOf(current()) + by))];
    if (next && next !== current()) open(next).catch(() => location.assign(next.querySelector("a").href));
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    x: () => current()?.querySelector("input[name=number]")?.click(),
    a: () => document.querySelector("[data-key=a]")?.click(),
    e: () => document.querySelector("[data-key=e]")?.click(),
    c: () => document.querySelector("[data-write]")?.focus(),
  };
  let leading = 0;
  addEventListener("keydown", (event) => {
    if (typing(event.target) || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === "g") leading = Date.now(); // g and a letter lead to a page
    else if (Date.now() - leading < 1200) leading = 0;
    else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
}

// Who is losing patience right now: looked at every three seconds while somebody looks at the page.
const hints = document.querySelector("[data-hints]");
const renew = async () => {
  if (document.hidden || hints.contains(document.activeElement)) return;
  const found = await fetch(hints.dataset.hints, { cache: "no-store" });
  if (!found.ok) return;
  const page = new DOMParser().parseFromString(await found.text(), "text/html");
  const which = [...page.querySelectorAll("form")].map((form) => form.getAttribute("action")).join();
  if (which === (hints.dataset.which ?? "")) return;
  hints.replaceChildren(...[...page.body.childNodes].map((node) => document.adoptNode(node)));
  hints.dataset.which = which;
};
if (hints) {
  const look = () => renew().catch(() => {}); // no answer: the next look may have one
  look();
  setInterval(look, 3000);
}
