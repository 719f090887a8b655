// Links by which others look at a map; each is told once, when it is made.
export const shares = async (dialog, send) => {
  const list = dialog.querySelector("[data-links]");
  const made = dialog.querySelector("[data-made]");
  const until = dialog.querySelector("template[data-until]").content.textContent;
  const show = async () => {
    const { body } = await send("GET", "shares");
    list.replaceChildren(...(body.shares ?? []).map((one) => {
      const li = dialog.querySelector("template[data-link]").content.cloneNode(true).firstElementChild;
      const ends = new Date(one.expires_at).toLocaleDateString(document.documentElement.lang.replace(/^en$/, "en-GB"), { day: "numeric", month: "short", year: "numeric" });
      li.querySelector("span").textContent = [one.note, one.by, `${until} ${ends}`].filter(Boolean).join(" · ");
      li.querySelector("button").addEventListener("click", async () => {
        await send("DELETE", `shares/${one.id}`);
        await show();
      });
      return li;
    }));
  };
  made.hidden = true;
  dialog.showModal();
  if (!dialog.dataset.wired) {
    dialog.dataset.wired = "yes";
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.querySelector("[data-make]").addEventListener("submit", async (event) => {
      event.preventDefault();
      const { note, days } = Object.fromEntries(new FormData(event.target));
      const { status, body } = await send("POST", "shares", { note, days: Number(days) || 30 });
      made.hidden = false;
      made.textContent = status === 201 ? body.url : (body.error?.what ?? "");
      await show();
    });
  }
  await show();
};
