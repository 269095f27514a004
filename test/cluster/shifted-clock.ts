/** For tests: loaded before a program, it has its process take the time for another one, `CLOCK_SHIFT` milliseconds off. */
const shift = Number(process.env.CLOCK_SHIFT);
const Actual = globalThis.Date;

globalThis.Date = class extends Actual {
  constructor(...values: ConstructorParameters<typeof Actual> | []) {
    if (values.length === 0) super(Actual.now() + shift);
    else super(...values);
  }

  static override now(): number {
    return Actual.now() + shift;
  }
} as DateConstructor;
