/** What an attack is: `registry.ts` lists them, `attacks.test.ts` and `npm run attack` carry them out. */

export interface AttackOptions {
  /** A whole number: what is chosen at random is the same for the same seed. When it happens is the machine's doing. */
  readonly seed: number;
  readonly rounds: number;
  /** Is told how many rounds are over. */
  readonly report: (rounds: number) => void;
}

/** What was counted and measured, by what it is. */
export type Figures = Readonly<Record<string, number | string>>;

export interface Attack {
  /** By which the command knows it. */
  readonly name: string;
  /** What is done to the server, and what it must stand. */
  readonly description: string;
  /** What one round is. */
  readonly round: string;
  readonly rounds: {
    readonly suite: number;
    /** Of the command, unless it is told otherwise. */
    readonly demand: number;
  };
  /** What it takes in the suite on a quiet machine with two cores. */
  readonly seconds: number;
  /** Against a server process of its own. @throws AssertionError when the server does not hold */
  run(options: AttackOptions): Promise<Figures>;
}
