// What was changed goes to the server by itself; what others changed comes back; nothing of either is lost.
import { Unfit, apply, clashing } from "./map-edits.js";

const SOON = 350; // ms without a further edit
const OFTEN = 2_500;
const SELDOM = 15_000;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const key = () => crypto.getRandomValues(new Uint32Array(4)).join("");

export class Sync extends EventTarget {
  /** `told`: the page's data; `send(method, path, body)` asks the API. */
  constructor(told, send) {
    super();
    Object.assign(this, {
      map: told.map, version: told.version, defaults: told.defaults, me: told.me, send,
      queue: [], sent: null, held: null, done: [], undone: [], fresh: 0, failed: 0, stopped: false,
    });
    this.store = `touchline-map-${location.pathname}`;
  }

  say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  get busy() {
    return this.queue.length > 0 || this.sent !== null;
  }

  /** Make edits: on the page at once, on the server soon. */
  edit(edits, { again = false } = {}) {
    if (!edits.length) return false;
    let undo;
    try {
      ({ map: this.map, undo } = apply(this.map, edits, this.defaults));
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      this.say("unfit", error.message);
      return false;
    }
    if (!again) {
      this.done.push({ edits, undo });
      if (this.done.length > 200) this.done.shift();
      this.undone = [];
    }
    this.queue.push(...edits);
    this.say("changed", { edits, mine: true });
    this.keep();
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.flush(), SOON);
    return undo;
  }

  undo() {
    const last = this.done.pop();
    if (!last) return false;
    const redo = this.edit(last.undo, { again: true });
    if (redo) this.undone.push({ edits: last.undo, undo: redo });
    return last.undo;
  }

  redo() {
    const last = this.undone.pop();
    if (!last) return false;
    const undo = this.edit(last.undo, { again: true });
    if (undo) this.done.push({ edits: last.undo, undo });
    return last.undo;
  }

  /** What is not on the server yet lies in this browser, until it is. */
  keep() {
    try {
      const { base, sent, queue } = this.held ?? this;
      if (this.busy || this.held) localStorage.setItem(this.store, JSON.stringify({ base, sent, queue }));
      else localStorage.removeItem(this.store);
    } catch {
      // no room in this browser: what is not saved is then told when the page is left
    }
    this.say("state");
  }

  /** The version that the waiting edits were made on. */
  get base() {
    return this.earlier ?? this.version;
  }

  /** Take up what an earlier visit could not send: under its own key and on the version that it knew. */
  resume() {
    let left = null;
    try {
      left = JSON.parse(localStorage.getItem(this.store) ?? "null");
    } catch {
      localStorage.removeItem(this.store);
    }
    if (!left) return;
    const ways = [[...(left.sent?.edits ?? []), ...left.queue], left.queue]; // what was sent may have arrived after all
    const way = ways.findIndex((edits) => this.fits(edits));
    if (way < 0 || !ways[way].length) return localStorage.removeItem(this.store);
    this.map = apply(this.map, ways[way], this.defaults).map;
    this.again = way === 0 ? left.sent : null;
    this.queue = left.queue;
    this.earlier = way === 0 ? left.base : undefined;
    this.say("changed", { edits: ways[way], mine: true });
    this.flush();
  }

  fits(edits) {
    try {
      apply(this.map, edits, this.defaults);
      return true;
    } catch (error) {
      if (error instanceof Unfit) return false;
      throw error;
    }
  }

  async flush() {
    if (this.sent || (!this.queue.length && !this.again) || this.stopped) return;
    if (this.again) this.sent = this.again;
    else {
      this.sent = { edits: this.queue, key: key(), base: this.base };
      this.earlier = undefined;
      this.queue = [];
    }
    this.again = null;
    this.say("state");
    while (this.sent) {
      let answer = null;
      try {
        answer = await this.send("POST", "edits", this.sent);
      } catch {
        answer = null; // no network: it is tried again, under the same key, so that it is not done twice
      }
      if (answer === null || answer.status >= 500 || answer.status === 429) {
        this.failed += 1;
        this.keep();
        await wait(Math.min(30_000, 1_000 * 2 ** Math.min(this.failed, 5)));
        continue;
      }
      this.failed = 0;
      await this.answered(answer);
    }
    if (this.queue.length) this.flush();
  }

  async answered(answer) {
    const { edits, base: before } = this.sent;
    if (answer.status === 200) {
      const since = answer.body.since ?? [];
      this.sent = null;
      this.earlier = undefined;
      this.version = answer.body.version;
      const lost = clashing(this.queue, since.flatMap((one) => one.edits));
      if (lost.length) { // typed while the last change was on its way, and somebody else changed the same
        return this.dispute(this.queue, before, { version: this.version, since, clashing: lost });
      }
      this.take(since, { behind: true });
      this.keep();
      this.say("saved", { edits });
      return;
    }
    const mine = [...edits, ...this.queue];
    this.sent = null;
    if (answer.status === 409) return this.dispute(mine, before, answer.body);
    this.stopped = true;
    this.queue = [];
    this.keep();
    this.say("refused", { mine, told: answer.body });
  }

  /** Ask whose edits are to stand. Until that is said they lie in this browser, and the next visit asks again. */
  dispute(mine, base, told) {
    this.held = { base, sent: { edits: mine, key: key(), base }, queue: [] };
    this.queue = [];
    this.stopped = true;
    this.keep();
    this.say("clash", { mine, told });
  }

  /** Show what others changed. */
  take(changes, { behind = false } = {}) {
    const edits = changes.flatMap((one) => one.edits);
    if (!edits.length) return;
    const who = [...new Set(changes.map((one) => one.by))];
    try {
      this.map = apply(this.map, edits, this.defaults).map;
      this.say("changed", { edits, mine: false, who });
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      this.say("stale", { who }); // what it is about went with what is not sent yet: the server's map decides
    }
    if (behind) this.say("stale", { who });
  }

  /** Begin anew from the server's map. */
  reset(map, version) {
    Object.assign(this, { map, version, stopped: false, held: null });
    this.keep();
  }

  /** Where one is: the page says it. */
  where() {
    return "map";
  }

  /** Look for what others do, again and again. */
  async watch() {
    for (;;) {
      await wait(document.hidden ? SELDOM : OFTEN);
      if (this.busy || this.stopped) continue;
      const from = this.version;
      try {
        const here = document.hidden ? "" : `&here=${encodeURIComponent(this.where())}`; // who looks elsewhere is not here
        const answer = await this.send("GET", `edits?after=${from}${here}`);
        if (answer.status === 200) this.say("people", answer.body.people ?? []);
        if (answer.status !== 200 || this.busy || this.version !== from) continue;
        const changes = answer.body.changes ?? [];
        this.take(changes);
        this.version = answer.body.version;
        if (changes.length) this.say("others", { who: [...new Set(changes.map((one) => one.by))] });
      } catch {
        continue; // no answer: the next look may have one
      }
    }
  }
}
