/** Reads rows and elements of row-major values. Outside of them is an Error: `undefined` would silently become NaN. */

type Floats = Float32Array | Float64Array;

/** One element. Loops over very many go by `Rows`, `dot` and `accumulate`, which look at bounds once a row. */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`There is no element ${index} among ${values.length}`);
  return value;
}

/** Values as rows, [rows, width]; nothing is copied. */
export class Rows implements Iterable<Float32Array> {
  readonly #values: Float32Array;
  readonly #width: number;

  constructor(values: Float32Array, width: number) {
    this.#values = values;
    this.#width = width;
  }

  /** [width], a view */
  row(index: number): Float32Array {
    const start = index * this.#width;
    if (!(Number.isInteger(index) && index >= 0 && start + this.#width <= this.#values.length))
      throw new RangeError(`There is no row ${index} of ${this.#width} among ${this.#values.length} elements`);
    return this.#values.subarray(start, start + this.#width);
  }

  *[Symbol.iterator](): Generator<Float32Array, void> {
    const count = this.#values.length / this.#width;
    for (let index = 0; index < count; index++) yield this.row(index);
  }
}

/** ⟨a, b⟩ in double precision. */
export function dot(a: Floats, b: Floats): number {
  requireSameLength(a, b);
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] as number) * (b[index] as number);
  return sum;
}

/** total += values · weight / over */
export function accumulate(total: Floats, values: Floats, weight = 1, over = 1): void {
  requireSameLength(total, values);
  for (let index = 0; index < total.length; index++)
    (total[index] as number) += ((values[index] as number) * weight) / over;
}

function requireSameLength(a: Floats, b: Floats): void {
  if (a.length !== b.length) throw new RangeError(`${a.length} elements meet ${b.length}`);
}
