// Who else looks at the map now: initials in the head, and on the part that they have open.
const COLOURS = 6;
const made = (name, props) => Object.assign(document.createElement(name), props);
const initials = (name) => {
  const words = name.replace(/@.*/, "").split(/[\s._-]+/).filter(Boolean);
  return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
};
const colour = (name) => [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 997, 7) % COLOURS;

export class Presence {
  /** `place`: where the head shows them; `element(of, id)` finds a part; `called(name)` is what people read. */
  constructor(place, element, called, go) {
    Object.assign(this, { place, element, called, go, people: [] });
  }

  show(people) {
    const before = JSON.stringify(this.people);
    if (JSON.stringify(people) === before) return this.mark();
    this.people = people;
    this.place.hidden = !people.length;
    this.place.replaceChildren(...people.map((one) => {
      const name = this.called(one.name);
      const sign = made("button", { type: "button", className: `face-of c${colour(one.name)}`, textContent: initials(name), title: name, ariaLabel: name });
      sign.addEventListener("click", () => one.of !== "map" && this.go(one.of, one.part));
      return sign;
    }));
    this.mark();
  }

  /** Put a sign on the parts that others have open; those before are taken away. */
  mark() {
    this.clear();
    for (const one of this.people) {
      const part = one.of === "map" ? null : this.element(one.of, one.part);
      if (!part) continue;
      const name = this.called(one.name);
      part.append(made("span", { className: `at-it c${colour(one.name)}`, textContent: initials(name), title: name, ariaHidden: "true" }));
    }
  }

  clear() {
    for (const old of document.querySelectorAll(".at-it")) old.remove();
  }
}
