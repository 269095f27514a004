/**
 * A sequence that grows token by token. Of the positions that were read, keys and values are kept, and what a way back
 * through the blocks will take: nothing is computed for a position twice.
 */
import type { Rotary } from '../architecture/specification.ts';
import { blocksFrom, type Embedded, embed, type ForwardPass, type Keep } from './forward-pass.ts';
import type { Gate } from './gate.ts';
import type { LoadedModel } from './loaded-model.ts';
import { pastNames, positionAxis } from './slices.ts';
import { concatenated, cut, type Tensor, type Tensors } from './tensor.ts';

export class Decoding {
  readonly #model: LoadedModel;
  readonly #gate: Gate;
  readonly #keep: Keep;
  readonly #rotaries: readonly Rotary[];
  readonly #ids: number[] = [];
  /** By block, what was kept of the first positions, then of those after them, … */
  #parts: Tensors[][];
  #ends: (Embedded & { readonly last: Tensor })[] = [];

  /** @param keep names of what a way back will take of a block: its input `x`, its forward outputs; default: there will be none */
  constructor(model: LoadedModel, gate: Gate, keep: Keep = () => []) {
    this.#model = model;
    this.#gate = gate;
    this.#keep = async (layer) => [...new Set([...pastNames, ...(await keep(layer))])];
    const { blocks } = model.specification;
    this.#rotaries = [...new Set(blocks.flatMap(({ attention: { rotary } }) => rotary ?? []))];
    this.#parts = blocks.map(() => []);
  }

  /** How many tokens were read. */
  get length(): number {
    return this.#ids.length;
  }

  /**
   * Whether so many more tokens change what was read: rotations may depend on how long a sequence is. Then `read` reads all of
   * it anew, and `passed` is of the longer one.
   */
  changesWith(more: number): boolean {
    const { length } = this;
    if (length === 0) return false;
    return this.#rotaries.some(({ frequencies }) => {
      const [now, then] = [frequencies(length), frequencies(length + more)];
      return now !== then && now.some((frequency, index) => frequency !== then[index]);
    });
  }

  /**
   * Reads tokens behind those that were read.
   * @returns x^L of the last one, [1, 1, width]
   * @throws TributaryError CANCELLED before a block
   */
  async read(ids: readonly number[]): Promise<Tensor> {
    const anew = this.changesWith(ids.length);
    const from = anew ? 0 : this.length;
    const read = anew ? [...this.#ids, ...ids] : ids;
    if (anew) this.#forget();
    const past = from === 0 ? [] : this.#parts.map((parts) => parts.at(-1) as Tensors);
    const length = from + read.length;
    const positions = this.#model.positions(length, { from, to: length }, [length - 1]);
    const embedded = await embed(this.#model, read, from);
    let last = embedded.x;
    let layer = 0;
    for await (const { before, post } of blocksFrom(this.#model, last, positions, this.#gate, this.#keep, past)) {
      const kept = new Set(await this.#keep(layer));
      this.#add(layer++, Object.fromEntries(Object.entries(before).filter(([name]) => kept.has(name))));
      last = post;
    }
    this.#ends.push({ ...embedded, last });
    this.#ids.push(...(anew ? ids : read));
    return lastOf(last);
  }

  /**
   * Everything that was read as one pass, for ways back from some of its positions.
   * @param read those positions
   */
  passed(read: Iterable<number>): ForwardPass {
    this.#ends = [joined(this.#ends)];
    this.#parts = this.#parts.map((parts) => [joined(parts)]);
    const [end] = this.#ends as [Embedded & { last: Tensor }];
    const saved = this.#parts.map(([tensors]) => tensors as Tensors);
    const positions = this.#model.positions(this.length, { from: 0, to: this.length }, read);
    return { ...end, saved, positions };
  }

  /** Keys and values come whole each time, and take the place of those before. */
  #add(layer: number, tensors: Tensors): void {
    const parts = this.#parts[layer] as Tensors[];
    const previous = parts.at(-1);
    for (const name of previous ? pastNames : []) delete previous?.[name];
    if (previous && Object.keys(previous).length === 0) parts.pop();
    parts.push(tensors);
  }

  #forget(): void {
    this.#parts = this.#parts.map(() => []);
    this.#ends = [];
  }
}

/** What parts of a sequence have, one after the other; what the last of them alone has is of the whole sequence. */
function joined<Part extends object>(parts: readonly Part[]): Part {
  const last = parts.at(-1) as Part;
  if (parts.length === 1) return last;
  const join = (name: string, whole: Tensor) => {
    const tensors = parts.map((part) => (part as Tensors)[name]);
    const isWhole = pastNames.includes(name);
    return isWhole ? whole : concatenated(tensors as Tensor[], positionAxis(whole));
  };
  const entries = Object.entries(last) as [string, Tensor | undefined][];
  return Object.fromEntries(entries.map(([name, tensor]) => [name, tensor && join(name, tensor)])) as Part;
}

/** @param x [1, position, width] @returns [1, 1, width] of the last one */
function lastOf(x: Tensor): Tensor {
  const [, length = 1] = x.dims;
  return length === 1 ? x : cut(x, 1, { from: length - 1, to: length });
}
