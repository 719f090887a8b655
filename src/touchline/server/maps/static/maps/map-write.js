// Words are written where they stand.

/**
 * Turn a part's words into a field; `done(text, how)` hears what was written, `how` one of "stay", "next" and "away".
 * Escape takes nothing; a new part that stays empty is told as null.
 */
export const write = (place, text, done) => {
  const field = Object.assign(document.createElement("textarea"), { value: text, rows: 1, maxLength: 4000, className: "writing" });
  field.setAttribute("aria-label", place.textContent || "…");
  const was = place.hidden;
  place.hidden = true;
  place.after(field);
  const grow = () => {
    field.style.height = "0";
    field.style.height = `${field.scrollHeight}px`;
  };
  let over = false;
  const end = (how, keep = true) => {
    if (over) return;
    over = true;
    const said = field.value.trim();
    field.remove();
    place.hidden = was;
    done(keep ? said : null, how);
  };
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      end("stay");
    } else if (event.key === "Escape") end("stay", false);
    else if (event.key === "Tab") {
      event.preventDefault();
      end(event.shiftKey ? "before" : "next");
    }
  });
  field.addEventListener("blur", () => end("away"));
  for (const name of ["pointerdown", "click", "dblclick"]) field.addEventListener(name, (event) => event.stopPropagation());
  grow();
  field.focus();
  field.select();
  return end;
};
