/** The prompts of a template: one for each combination of what its slots can have, or some of these, drawn at random. */
import { inputError, requireInBounds } from '../../errors.ts';
import { Combinations, type Slot } from './combinations.ts';
import { shuffled } from './drawing.ts';
import { listed, mostSlots, nameFault, type Slots } from './slots.ts';
import { fillTemplate, parseTemplate, requireKnownSlots, type Template } from './template.ts';

export interface TemplateRequest {
  readonly prompt: string;
  readonly slots: readonly Slot[];
  /** Groups of names of slots, each of which has another value than the others of its group. */
  readonly different?: readonly (readonly string[])[] | undefined;
  /** So many of all combinations, each at most once; absent: all. */
  readonly sample?: { readonly count: number; readonly seed: number } | undefined;
}

export interface FilledPrompt {
  readonly text: string;
  readonly slots: Slots;
}

/** The largest seed. */
const mostSeed = 2 ** 31 - 1;

/** Combinations that are drawn in vain before there are too few: so many, and so many more for each that is wanted. */
const vain = { least: 100_000, each: 20 };

export class TemplatePrompts {
  readonly slots: ReadonlySet<string>;
  /** How many there are; an upper bound where it is not `exact`. */
  readonly count: bigint;
  readonly exact: boolean;
  readonly #template: Template;
  readonly #combinations: Combinations;
  readonly #request: TemplateRequest;

  /**
   * @param used slots that are used outside of the prompt
   * @throws TributaryError INPUT, as of the template
   */
  constructor(request: TemplateRequest, used: ReadonlySet<string>) {
    const { prompt, slots, different = [], sample } = request;
    this.#request = request;
    this.slots = namesOf(slots);
    this.#template = parseTemplate(prompt, 'prompt');
    requireKnownSlots(this.#template, this.slots, 'prompt');
    requireUsed(slots, this.#template.slots.union(used));
    const groups = groupsOf(different, [...this.slots]);
    this.#combinations = new Combinations(slots, groups);
    const { size, exact } = this.#combinations;
    if (size === 0n)
      throw inputError(
        'different',
        'No combination has different values in these slots; give the slots more values, or leave slots out of the groups',
      );
    if (sample) requireSample(sample, size);
    this.count = sample ? BigInt(sample.count) : size;
    this.exact = exact || sample !== undefined;
  }

  /**
   * In the order of `Combinations`; of a sample in the order in which they are drawn, so that a larger one of the same seed
   * begins with the smaller one.
   * @throws TributaryError INPUT where too few can be drawn
   */
  *[Symbol.iterator](): Generator<FilledPrompt, void> {
    const { sample } = this.#request;
    for (const slots of sample ? this.#drawn(sample) : this.#all())
      yield { text: fillTemplate(this.#template, slots), slots };
  }

  *#all(): Generator<Slots, void> {
    for (let index = 0n; index < this.#combinations.size; index++) {
      const slots = this.#combinations.at(index);
      if (slots) yield slots;
    }
  }

  *#drawn({ count, seed }: { readonly count: number; readonly seed: number }): Generator<Slots, void> {
    const mostTried = vain.least + vain.each * count;
    let [tried, taken] = [0, 0];
    for (const index of shuffled(this.#combinations.size, seed)) {
      if (taken === count) return;
      if (tried++ === mostTried) break;
      const slots = this.#combinations.at(index);
      if (!slots) continue;
      taken++;
      yield slots;
    }
    if (taken === count) return;
    throw inputError(
      'different',
      `Of ${Math.min(tried, mostTried)} combinations drawn only ${taken} have different values where they are to differ, and ${count} are wanted; give the slots more values, or leave slots out of the groups`,
    );
  }
}

function namesOf(slots: readonly Slot[]): ReadonlySet<string> {
  if (slots.length > mostSlots)
    throw inputError('slots', `There are ${slots.length} slots; a template has at most ${mostSlots}`);
  const names = new Set<string>();
  for (const [index, { name, values }] of slots.entries()) {
    const fault = nameFault(name);
    if (fault) throw inputError(`slots.${index}.name`, `The name of the slot ${fault}`);
    if (names.has(name))
      throw inputError(`slots.${index}.name`, `There are two slots {${name}}; give each its own name`);
    names.add(name);
    if (values.length === 0)
      throw inputError(`slots.${index}.values`, `The slot {${name}} has no values; give it one at least`);
    const known = new Set<string>();
    const again = values.findIndex((value) => known.size === known.add(value).size);
    if (again !== -1)
      throw inputError(
        `slots.${index}.values.${again}`,
        `The slot {${name}} has the value ${JSON.stringify(values[again])} twice; name each once`,
      );
  }
  return names;
}

/** One that is used nowhere would only repeat each prompt. */
function requireUsed(slots: readonly Slot[], used: ReadonlySet<string>): void {
  for (const [index, { name }] of slots.entries())
    if (!used.has(name))
      throw inputError(
        `slots.${index}.name`,
        `The slot {${name}} stands neither in the prompt nor in a target; put it there, or leave it out`,
      );
}

/** @returns places of the slots of each group */
function groupsOf(different: readonly (readonly string[])[], names: readonly string[]): number[][] {
  if (different.length > mostSlots)
    throw inputError('different', `There are ${different.length} groups; a template has at most ${mostSlots}`);
  return different.map((group, index) => {
    if (group.length < 2)
      throw inputError(
        `different.${index}`,
        'A group names two slots at the least, which are to differ from each other',
      );
    return group.map((name, place) => {
      const path = `different.${index}.${place}`;
      if (!names.includes(name)) throw inputError(path, `There is no slot {${name}}; there are: ${listed(names)}`);
      if (group.indexOf(name) !== place)
        throw inputError(path, `The slot {${name}} stands in the group twice; it cannot differ from itself`);
      return names.indexOf(name);
    });
  });
}

function requireSample({ count, seed }: { readonly count: number; readonly seed: number }, size: bigint): void {
  requireInBounds('sample.seed', seed, 0, mostSeed);
  if (count < 1) throw inputError('sample.count', `\`count\` is 1 at the least, not ${count}`);
  if (BigInt(count) > size)
    throw inputError(
      'sample.count',
      `There are only ${size} combinations, and ${count} are to be drawn; leave \`sample\` out for all of them`,
    );
}
