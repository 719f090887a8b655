// Pictures come from a file that is chosen, dropped or pasted; the server keeps their pixels, a card says which it shows.
const TAKEN = ["image/png", "image/jpeg", "image/webp", "image/gif"];
export const picked = (data) => [...(data?.files ?? [])].find((file) => TAKEN.includes(file.type));

export class Pictures {
  /** `told`: the page's data; `tell(text, bad)` says a line; `words`: what is said. */
  constructor(told, token, tell, words) {
    Object.assign(this, { told, token, tell, words });
  }

  /** Bring a file; `then(address)` hears how a card names it. */
  async send(file, then) {
    const address = new URL(`${this.told.api}/pictures`, location.href);
    address.searchParams.set("workspace", this.told.workspace);
    const body = new FormData();
    body.set("file", file);
    this.tell(this.words.sending);
    let answer;
    let said = {};
    try {
      answer = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": this.token } });
      said = await answer.json();
    } catch {
      return this.tell(this.words.offline, true);
    }
    if (answer.status !== 201) return this.tell([said.error?.what, said.error?.todo].filter(Boolean).join("; "), true);
    this.told.pictures[said.picture] = [`${this.told.maps}${this.told.map.id}/pictures/${said.name}`, said.wide, said.tall];
    this.tell("");
    then(said.picture);
  }
}

/** Hear files that are dropped on a card or into a cell, and pictures that are pasted where one is. */
export const dropping = (table, partOf, take) => {
  let over = null;
  const mark = (one) => {
    over?.classList.remove("over");
    over = one;
    over?.classList.add("over");
  };
  const onto = (event) => {
    const part = partOf(event.target);
    return part && (part.of === "card" || part.of === "cell") ? part : null;
  };
  table.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    const part = onto(event);
    mark(part?.el ?? null);
    event.preventDefault();
    event.dataTransfer.dropEffect = part ? "copy" : "none";
  });
  table.addEventListener("dragleave", (event) => !table.contains(event.relatedTarget) && mark(null));
  table.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const [part, file] = [onto(event), picked(event.dataTransfer)];
    mark(null);
    if (part && file) take(part, file);
  });
  addEventListener("paste", (event) => {
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const file = picked(event.clipboardData);
    const part = document.activeElement && table.contains(document.activeElement) ? partOf(document.activeElement) : null;
    if (!file || !part || (part.of !== "card" && part.of !== "cell")) return;
    event.preventDefault();
    take(part, file);
  });
};
