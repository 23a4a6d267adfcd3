// One stream of events for all phones: a browser allows six connections to a host, so three
// phones in two tabs would use them up.

const KINDS = ["message", "edited", "deleted", "typing", "answer", "chat", "reactions", "sessions", "cast", "reset"];
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;

export class Stream {
  /** `onEvent(kind, data)` for each event; `onState("live" | "lost")` when the connection changes. */
  constructor(onEvent, onState) {
    this.onEvent = onEvent;
    this.onState = onState;
    this.since = null;
    this.accounts = "";
    this.pause = FIRST_PAUSE;
  }

  /** Follow these people; events missed since the last one are fetched. */
  follow(ids) {
    const accounts = [...new Set(ids)].sort().join(",");
    if (accounts === this.accounts && this.source) return;
    this.accounts = accounts;
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.source?.close();
    const query = new URLSearchParams({ accounts: this.accounts });
    if (this.since) query.set("since", this.since);
    const source = (this.source = new EventSource(`/sandbox/events?${query}`));
    source.onopen = () => {
      this.pause = FIRST_PAUSE;
      this.onState("live");
    };
    source.onerror = () => {
      if (source !== this.source) return;
      this.onState("lost");
      // The browser gives up after some errors; reconnect ourselves so that it never stays closed.
      source.close();
      this.timer = setTimeout(() => this.open(), this.pause);
      this.pause = Math.min(this.pause * 1.7, LONGEST_PAUSE);
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        if (source !== this.source) return;
        if (event.lastEventId) this.since = event.lastEventId;
        this.onEvent(kind, JSON.parse(event.data));
      });
    }
  }
}
