/** What is told of the same things in the same words is executed once and written once; see `server/shared-results.ts`. */
export abstract class Lasting {
  /** The same for values of which whoever selects the same is told the same, whenever that is. */
  abstract get key(): string;
}

/** A value of which nothing is selected that changes. */
export class LastingValue<Value> extends Lasting {
  readonly key: string;
  readonly value: Value;

  constructor(key: string, value: Value) {
    super();
    this.key = key;
    this.value = value;
  }
}

/** What a resolver is given of a stream whose values may be lasting ones. */
export function toldBy<Value>(value: Value | LastingValue<Value>): Value {
  return value instanceof LastingValue ? value.value : value;
}
