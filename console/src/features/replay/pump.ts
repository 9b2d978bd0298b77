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
}

export class Pump<W, A> {
  private wanted: W | undefined;
  private busy = false;
  private gone = false;
  private state: Pumped<W, A> = { answer: undefined, of: undefined, asking: false, error: undefined };

  constructor(
    private readonly ask: (wish: W) => Promise<A>,
    private readonly same: (a: W, b: W) => boolean,
    private readonly tell: (state: Pumped<W, A>) => void,
  ) {}

  want(wish: W): void {
    if (this.gone || (this.wanted !== undefined && this.same(this.wanted, wish))) return;
    this.wanted = wish;
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
  }

  private async turn(): Promise<void> {
    if (this.busy || this.wanted === undefined) return;
    this.busy = true;
    const wish = this.wanted;
    this.put({ asking: true });
    try {
      const answer = await this.ask(wish);
      this.put({ answer, of: wish, error: undefined, asking: !this.served(wish) });
    } catch (error) {
      this.put({ error, asking: !this.served(wish) });
    }
    this.busy = false;
    if (!this.served(wish)) void this.turn();
  }

  private served(wish: W): boolean {
    return this.gone || this.wanted === undefined || this.same(this.wanted, wish);
  }

  private put(change: Partial<Pumped<W, A>>): void {
    this.state = { ...this.state, ...change };
    if (!this.gone) this.tell(this.state);
  }
}
