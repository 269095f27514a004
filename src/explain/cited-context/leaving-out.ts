/** The same answer behind a prompt without some of its passages. */
import { blocksFrom, embed, keepNothing } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { rotatesAlike } from '../../inference/rotating.ts';
import { cut, type Tensors } from '../../inference/tensor.ts';
import { shuffled } from '../attribution/studies/orders.ts';
import { answered, logProbabilityOf, readAnswer } from './answer.ts';
import { idsWithout, lengthOfSame, type PassagePrompt, type Splitting } from './prompt.ts';
import type { LeavingOut, LeftOut } from './result.ts';

/** The prompt and answer that others are compared with. */
export interface Whole {
  readonly prompt: PassagePrompt;
  readonly answer: readonly number[];
  readonly logProbability: number;
  readonly ids: readonly number[];
  /** `key` and `value` of each block, [1, K, position, headWidth]. */
  readonly past: readonly Tensors[];
}

export class PassagesLeftOut {
  readonly #model: LoadedModel;
  readonly #tokenizer: Splitting;
  readonly #whole: Whole;
  readonly #gate: Gate;
  /** By the places of what is left out. */
  readonly #known = new Map<string, LeftOut>();

  constructor(model: LoadedModel, tokenizer: Splitting, whole: Whole, gate: Gate) {
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#whole = whole;
    this.#gate = gate;
  }

  /** @throws TributaryError CANCELLED between two blocks, PROMPT where nothing is left of the prompt */
  async each(places: readonly number[]): Promise<LeavingOut> {
    const alone: LeftOut[] = [];
    for (const place of places) alone.push(await this.#without([place]));
    return { alone, together: places.length > 0 ? await this.#without(places) : null };
  }

  async #without(places: readonly number[]): Promise<LeftOut> {
    const passages = places.toSorted((a, b) => a - b);
    const key = passages.join();
    const found = this.#known.get(key) ?? (await this.#asked(passages));
    this.#known.set(key, found);
    return found;
  }

  async #asked(passages: readonly number[]): Promise<LeftOut> {
    const { prompt, answer, logProbability: all } = this.#whole;
    const readable = Math.max(this.#model.specification.contextLength, this.#whole.ids.length);
    const longest = readable - (answer.length - 1);
    const inputIds = idsWithout(this.#tokenizer, prompt, new Set(passages), longest);
    const logProbability = await this.#logProbability(inputIds);
    return { passages, length: inputIds.length, logProbability, drop: all - logProbability };
  }

  /** Goes on from where the prompt begins to be another one. */
  async #logProbability(inputIds: readonly number[]): Promise<number> {
    const { ids, positions, answer } = answered(inputIds, this.#whole.answer);
    const { length } = ids;
    const same = rotatesAlike(this.#model.specification, length, this.#whole.ids.length);
    // What is read has to be run in any case.
    const from = same ? Math.min(lengthOfSame(ids, this.#whole.ids), inputIds.length - 1) : 0;
    const before = { from: 0, to: from };
    const past = this.#whole.past.map((block) =>
      Object.fromEntries(Object.entries(block).map(([name, tensor]) => [name, cut(tensor, 2, before)])),
    );
    const places = this.#model.positions(length, { from, to: length }, positions);
    let last = (await embed(this.#model, ids.slice(from), from)).x;
    for await (const { post } of blocksFrom(this.#model, last, places, this.#gate, keepNothing, past)) last = post;
    const read = positions.map((position) => position - from);
    return logProbabilityOf(await readAnswer(this.#model, last, read, answer, this.#gate));
  }
}

/** Draws passages, of those beside the strongest ones as long as there are any. @param count of all passages */
export function drawn(count: number, strongest: readonly number[], random: number, seed: number): number[] {
  const chosen = new Set(strongest);
  const order = shuffled(count, seed);
  const beside = order.filter((place) => !chosen.has(place));
  return [...beside, ...order.filter((place) => chosen.has(place))].slice(0, random);
}
