// A file is dropped on the page; a mapping shows what it does at once; an import tells how far it is; stages are dragged.
for (const form of document.querySelectorAll("[data-drop]")) {
  const field = form.querySelector("input[type=file]");
  const send = () => {
    if (!field.files.length) return;
    form.classList.add("sending");
    form.requestSubmit();
  };
  field.addEventListener("change", send);
  const over = (on) => (event) => {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("over", on);
  };
  addEventListener("dragover", over(true));
  addEventListener("dragleave", (event) => event.relatedTarget || form.classList.remove("over"));
  addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    form.classList.remove("over");
    field.files = event.dataTransfer.files;
    send();
  });
}

const parsed = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

const editor = document.querySelector("[data-look]");
let turn = 0;
editor?.addEventListener("change", async (event) => {
  if (event.target.name === "name") return;
  const row = event.target.closest("tr");
  if (row && event.target.name.startsWith("role-")) row.className = `role-${event.target.value}`;
  const mine = ++turn;
  const preview = document.querySelector("#preview");
  preview.classList.add("waiting");
  const answer = await fetch(editor.action, { method: "POST", body: new FormData(editor), headers: { Accept: "text/html" } });
  const page = await parsed(answer);
  if (mine !== turn) return;
  const fresh = page.querySelector("#preview");
  if (fresh) preview.replaceChildren(...fresh.childNodes);
  preview.classList.remove("waiting");
  document.querySelector(".note.error")?.remove();
  const wrong = page.querySelector(".note.error");
  if (wrong) editor.before(wrong);
});

const going = document.querySelector("[data-progress]");
const follow = async () => {
  const answer = await fetch(going.dataset.progress, { headers: { Accept: "application/json" }, cache: "no-store" });
  const told = answer.ok ? await answer.json() : null;
  if (!told || (told.phase !== "importing" && !told.waiting)) {
    location.reload();
    return;
  }
  const bar = going.querySelector("progress");
  if (bar) bar.value = told.done;
  const step = going.querySelector("[data-step]");
  if (step && step.textContent !== told.step) step.textContent = told.step;
  setTimeout(() => follow().catch(() => setTimeout(follow, 3000)), 700);
};
if (going) setTimeout(follow, 500);

// What is put in order by dragging has buttons for the same beside it.
for (const list of document.querySelectorAll("[data-sortable]")) {
  const { Sortable } = window;
  if (!Sortable) continue;
  list.classList.add("draggable");
  Sortable.create(list, {
    handle: ".grip",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
    onEnd: () => {
      const form = document.querySelector(list.dataset.sortable);
      form.elements.order.value = [...list.children].map((one) => one.dataset.id).join(" ");
      form.requestSubmit();
    },
  });
}

// A choice that stands in a form of its own applies itself.
for (const field of document.querySelectorAll("[data-submits]")) field.addEventListener("change", () => field.form.requestSubmit());
