/**
 * A sequence that grows token by token. Of the positions that were read, keys and values are kept, and what a way back
 * through the blocks will take: nothing is computed for a position twice.
 */
import type { Rotary } from '../architecture/specification.ts';
import { positionGroups } from '../onnx/model-graphs.ts';
import { blocksFrom, type Embedded, embed, type ForwardPass, type Keep } from './forward-pass.ts';
import type { Gate } from './gate.ts';
import { KeyValueCache } from './key-value-cache.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { PositionTensors } from './positions.ts';
import { pastNames, positionAxis } from './slices.ts';
import { type Span, slicesOf } from './span.ts';
import { concatenated, cut, type Tensor, type Tensors } from './tensor.ts';

/** What has gone through the blocks. */
interface Read {
  /** By block, what was kept of its positions; keys and values aside. */
  readonly kept: readonly Tensors[];
  /** x^L [1, position, width] */
  readonly last: Tensor;
}

/** How positions go through the blocks behind those that have gone through before. */
interface Blocks {
  read(x: Tensor, span: Span, positions: PositionTensors): Promise<Read>;
  /** By block, `key` and `value` of all positions, [1, K, position, headWidth]. */
  past(): readonly Tensors[];
}

export class Decoding {
  readonly #model: LoadedModel;
  readonly #gate: Gate;
  readonly #keep: Keep;
  readonly #rotaries: readonly Rotary[];
  readonly #ids: number[] = [];
  #blocks: Blocks;
  /** What was kept of the first positions, then of those after them, … */
  #parts: Read[] = [];
  #embedded: Embedded[] = [];

  /** @param keep names of what a way back will take of a block: its input `x`, its forward outputs; default: there will be none */
  constructor(model: LoadedModel, gate: Gate, keep: Keep = () => []) {
    this.#model = model;
    this.#gate = gate;
    this.#keep = keep;
    const { blocks } = model.specification;
    this.#rotaries = [...new Set(blocks.flatMap(({ attention: { rotary } }) => rotary ?? []))];
    this.#blocks = this.#begin();
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
    if (anew) [this.#blocks, this.#parts, this.#embedded] = [this.#begin(), [], []];
    const length = from + read.length;
    const embedded = await embed(this.#model, read, from);
    const positions = this.#model.positions(length, { from, to: length }, [length - 1]);
    const part = await this.#blocks.read(embedded.x, { from, to: length }, positions);
    this.#embedded.push(embedded);
    this.#parts.push(part);
    this.#ids.push(...ids);
    return lastOf(part.last);
  }

  /**
   * Everything that was read as one pass, for ways back from some of its positions.
   * @param read those positions
   */
  passed(read: Iterable<number>): ForwardPass {
    const embedded = joined(this.#embedded);
    const last = concatenated(
      this.#parts.map(({ last }) => last),
      1,
    );
    const kept = this.#model.specification.blocks.map((_, layer) =>
      joined(this.#parts.map(({ kept }) => kept[layer] as Tensors)),
    );
    [this.#embedded, this.#parts] = [[embedded], [{ kept, last }]];
    const past = this.#blocks.past();
    const saved = kept.map((tensors, layer) => ({ ...tensors, ...past[layer] }));
    const positions = this.#model.positions(this.length, { from: 0, to: this.length }, read);
    return { ...embedded, saved, last, positions };
  }

  #begin(): Blocks {
    const { growing } = this.#model;
    return growing === 'step'
      ? new Together(this.#model, this.#gate, this.#keep)
      : new OneByOne(this.#model, this.#gate, this.#keep);
  }
}

/** By the forward graphs. */
class OneByOne implements Blocks {
  readonly #model: LoadedModel;
  readonly #gate: Gate;
  readonly #keep: Keep;
  #past: Tensors[] = [];

  constructor(model: LoadedModel, gate: Gate, keep: Keep) {
    this.#model = model;
    this.#gate = gate;
    this.#keep = keep;
  }

  async read(x: Tensor, _: Span, positions: PositionTensors): Promise<Read> {
    const keep: Keep = async (layer) => [...pastNames, ...(await this.#keep(layer))];
    const kept: Tensors[] = [];
    let last = x;
    for await (const { before, post } of blocksFrom(this.#model, x, positions, this.#gate, keep, this.#past)) {
      const layer = kept.length;
      this.#past[layer] = chosen(before, pastNames);
      kept.push(chosen(before, await this.#keep(layer)));
      last = post;
    }
    return { kept, last };
  }

  past(): readonly Tensors[] {
    return this.#past;
  }
}

/** By the graph of a step, which has all blocks. */
class Together implements Blocks {
  readonly #model: LoadedModel;
  readonly #gate: Gate;
  readonly #keep: Keep;
  readonly #cache: KeyValueCache;

  constructor(model: LoadedModel, gate: Gate, keep: Keep) {
    this.#model = model;
    this.#gate = gate;
    this.#keep = keep;
    const { layerCount: blocks, keyValueHeadCount: heads, headWidth } = model.specification;
    this.#cache = new KeyValueCache({ blocks, heads, headWidth });
  }

  async read(x: Tensor, { from, to }: Span, positions: PositionTensors): Promise<Read> {
    const { layerCount } = this.#model.specification;
    const outputs = new Set((await this.#model.signatureOf('step')).outputs);
    const keep = async (_: unknown, layer: number) =>
      (await this.#keep(layer)).filter((name) => outputs.has(`${name}.${layer}`));
    const names = await Promise.all(Array.from({ length: layerCount }, keep));
    const parts: Read[] = [];
    for (const slice of slicesOf(to - from, this.#model.longestSlice)) {
      await this.#gate.pass(0);
      const part = { from: from + slice.from, to: from + slice.to };
      parts.push(await this.#step(cut(x, 1, slice), positions.part(part), names));
    }
    const kept = names.map((_, layer) => joined(parts.map(({ kept }) => kept[layer] as Tensors)));
    const last = concatenated(
      parts.map(({ last }) => last),
      1,
    );
    return { kept, last };
  }

  past(): readonly Tensors[] {
    return this.#cache.whole();
  }

  /** @param names of what is kept, by block */
  async #step(x: Tensor, positions: PositionTensors, names: readonly (readonly string[])[]): Promise<Read> {
    const { blocks } = this.#model.specification;
    const feeds: Tensors = { x };
    for (const [group, block] of positionGroups(blocks).groups.entries())
      number(feeds, group, positions.behind(block, this.#cache.room));
    for (const [layer, block] of blocks.entries()) {
      const { key, value } = this.#cache.of(layer);
      number(feeds, layer, { cached_key: key as Tensor, cached_value: value as Tensor });
      if (layer === blocks.length - 1) number(feeds, layer, chosen(positions.of(block), ['read', 'places']));
    }
    const fetched = names.flatMap((own, layer) =>
      [...new Set([...pastNames, ...own])].map((name) => `${name}.${layer}`),
    );
    const out = await this.#model.run('step', feeds, ['post', ...fetched]);
    const of = (layer: number, own: readonly string[]) =>
      Object.fromEntries(own.flatMap((name) => (out[`${name}.${layer}`] ? [[name, out[`${name}.${layer}`]]] : [])));
    this.#cache.add(names.map((_, layer) => of(layer, pastNames) as Tensors));
    const kept = names.map(
      (own, layer) =>
        of(
          layer,
          own.filter((name) => !pastNames.includes(name)),
        ) as Tensors,
    );
    return { kept, last: out.post as Tensor };
  }
}

/** Puts tensors among feeds with a number behind their names. */
function number(feeds: Tensors, part: number, tensors: Tensors): void {
  for (const [name, tensor] of Object.entries(tensors)) feeds[`${name}.${part}`] = tensor;
}

/** Keys and values aside unless they are named. */
function chosen(tensors: Tensors, names: readonly string[]): Tensors {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => names.includes(name)));
}

/** What parts of a sequence have, one after the other. */
function joined<Part extends object>(parts: readonly Part[]): Part {
  const [first] = parts as readonly [Part];
  if (parts.length === 1) return first;
  const join = (name: string, tensor: Tensor) =>
    concatenated(
      parts.map((part) => (part as Tensors)[name] as Tensor),
      positionAxis(tensor),
    );
  const entries = Object.entries(first) as [string, Tensor | undefined][];
  return Object.fromEntries(entries.map(([name, tensor]) => [name, tensor && join(name, tensor)])) as Part;
}

/** @param x [1, position, width] @returns [1, 1, width] of the last one */
function lastOf(x: Tensor): Tensor {
  const [, length = 1] = x.dims;
  return cut(x, 1, { from: length - 1, to: length });
}
