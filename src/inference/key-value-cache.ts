/** Keys and values of a sequence that grows, of every block, with room for more: what is added is all that is written. */
import { cut, floats, floatsOf, type Tensor, type Tensors } from './tensor.ts';

/** Positions by which the room grows. */
const step = 64;

interface Shape {
  readonly blocks: number;
  readonly heads: number;
  readonly headWidth: number;
}

export class KeyValueCache {
  readonly #shape: Shape;
  #room = 1;
  #length = 0;
  /** By block `key` and `value`, [1, heads, room, headWidth]; zero where nothing is yet. */
  #blocks: Tensors[];

  constructor(shape: Shape) {
    this.#shape = shape;
    this.#blocks = this.#empty(this.#room);
  }

  /** Positions that there are. */
  get length(): number {
    return this.#length;
  }

  get room(): number {
    return this.#room;
  }

  /** Of a block, with the room behind what there is. */
  of(block: number): Tensors {
    return this.#blocks[block] as Tensors;
  }

  /** Adds positions. @param blocks of each `key` and `value`, [1, heads, positions, headWidth] */
  add(blocks: readonly Tensors[]): void {
    const count = blocks[0]?.key?.dims[2] ?? 0;
    this.#makeRoom(this.#length + count);
    for (const [block, tensors] of blocks.entries())
      for (const name of ['key', 'value'])
        this.#place(this.of(block)[name] as Tensor, tensors[name] as Tensor, this.#length);
    this.#length += count;
  }

  /** Of each block `key` and `value` of the positions that there are, [1, heads, length, headWidth]. */
  whole(): Tensors[] {
    const there = (tensor: Tensor | undefined) => cut(tensor as Tensor, 2, { from: 0, to: this.#length });
    return this.#blocks.map(({ key, value }) => ({ key: there(key), value: there(value) }));
  }

  #makeRoom(length: number): void {
    if (length <= this.#room) return;
    const before = this.whole();
    this.#room = Math.ceil(length / step) * step;
    this.#blocks = this.#empty(this.#room);
    for (const [block, tensors] of before.entries())
      for (const name of ['key', 'value']) this.#place(this.of(block)[name] as Tensor, tensors[name] as Tensor, 0);
  }

  #empty(room: number): Tensors[] {
    const { blocks, heads, headWidth } = this.#shape;
    const empty = () => floats(new Float32Array(heads * room * headWidth), 1, heads, room, headWidth);
    return Array.from({ length: blocks }, () => ({ key: empty(), value: empty() }));
  }

  /** @param from where the first of the positions goes */
  #place(into: Tensor, tensor: Tensor, from: number): void {
    const { heads, headWidth } = this.#shape;
    const [target, source] = [floatsOf({ into }, 'into'), floatsOf({ tensor }, 'tensor')];
    const size = source.length / heads;
    for (let head = 0; head < heads; head++)
      target.set(source.subarray(head * size, (head + 1) * size), (head * this.#room + from) * headWidth);
  }
}
