/**
 * Asks for one thing at a time, and for the latest that is wanted: while an answer is on its way newer wishes replace
 * one another. So a slider that is dragged shows what it passes, and never an older moment after a newer one.
 */
export interface Pumped<W, A> {
  /** The last that came. It stays while others are on their way, and when one fails. */
  answer: A | undefined;
  /** What the answer is of. */
  of: W | undefined;
  asking: boolean;
  error: unknown;
  /** Why there is no answer yet, or only a part of one; it is asked for again by itself. */
  pending: unknown;
}

/** Why an outcome is not the last word; nothing where it is. */
export type Pending<A> = (outcome: { answer: A } | { error: unknown }) => unknown;

export class Pump<W, A> {
  private wanted: W | undefined;
  private busy = false;
  private gone = false;
  private state: Pumped<W, A> = {
    answer: undefined,
    of: undefined,
    asking: false,
    error: undefined,
    pending: undefined,
  };
  private wake: (() => void) | undefined;

  constructor(
    private readonly ask: (wish: W) => Promise<A>,
    private readonly same: (a: W, b: W) => boolean,
    private readonly tell: (state: Pumped<W, A>) => void,
    private readonly pending: Pending<A> = () => undefined,
    private readonly pause_ms = 400,
  ) {}

  want(wish: W): void {
    if (this.gone || (this.wanted !== undefined && this.same(this.wanted, wish))) return;
    this.wanted = wish;
    this.wake?.();
    void this.turn();
  }

  /** Asks again for what is wanted: after an error. */
  again(): void {
    const wish = this.wanted;
    if (wish === undefined || this.busy) return;
    this.wanted = undefined;
    this.want(wish);
  }

  stop(): void {
    this.gone = true;
    this.wake?.();
  }

  private async turn(): Promise<void> {
    if (this.busy || this.wanted === undefined) return;
    this.busy = true;
    const wish = this.wanted;
    this.put({ asking: true });
    let pending: unknown;
    try {
      const answer = await this.ask(wish);
      pending = this.pending({ answer });
      this.put({ answer, of: wish, error: undefined, pending, asking: !!pending || !this.served(wish) });
    } catch (error) {
      pending = this.pending({ error });
      this.put({ error: pending ? undefined : error, pending, asking: !!pending || !this.served(wish) });
    }
    if (pending && this.served(wish)) await this.pause();
    this.busy = false;
    if (!this.gone && (pending || !this.served(wish))) void this.turn();
  }

  /** Until it is time to ask again, or something else is wanted. */
  private async pause(): Promise<void> {
    if (this.gone) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((done) => {
      this.wake = done;
      timer = setTimeout(done, this.pause_ms);
    });
    clearTimeout(timer);
    this.wake = undefined;
  }

  private served(wish: W): boolean {
    return this.gone || this.wanted === undefined || this.same(this.wanted, wish);
  }

  private put(change: Partial<Pumped<W, A>>): void {
    this.state = { ...this.state, ...change };
    if (!this.gone) this.tell(this.state);
  }
}
