/** Parts of an answer that were left out of it at first, for they are deferred: computed when they are resolved. */
import type { GraphQLResolveInfo } from 'graphql';
import { selectable } from '../../explain/attribution/parts.ts';
import type { AttributionResult, AttributionSelection, Grain } from '../../explain/attribution/result.ts';
import type { Question, RunRecord } from '../../runs/types.ts';
import { deferringFragment } from '../deferring-fragment.ts';
import type { AttributionValue, Deferred } from './attribution-value.ts';
import type { Need } from './parts/need.ts';
import { mostOf } from './selection.ts';

type Input = Extract<Question, { kind: 'LOGIT_ATTRIBUTION' }>['input'];

/** What is being computed at once. */
interface Batch {
  readonly needs: Need[];
  readonly added: Promise<void>;
}

class DeferredParts implements Deferred {
  readonly #input: Input;
  readonly #read: (selection: AttributionSelection) => Promise<AttributionResult>;
  readonly #there: { -readonly [Asked in Grain]?: number };
  /** Those to which more may be added, by the fragment that defers them. */
  readonly #open = new Map<object | undefined, Batch>();
  #result: AttributionResult;

  /**
   * @param selection what the result has
   * @param read has a further selection computed and added to the run
   */
  constructor(
    { question }: RunRecord,
    result: AttributionResult,
    selection: AttributionSelection,
    read: (selection: AttributionSelection) => Promise<AttributionResult>,
  ) {
    if (question.kind !== 'LOGIT_ATTRIBUTION') throw new Error(`A ${question.kind} has no parts`);
    this.#input = question.input;
    this.#result = result;
    this.#there = { ...selection };
    this.#read = read;
  }

  /** With all that was added so far. */
  get result(): AttributionResult {
    return this.#result;
  }

  has([key, count]: Need): boolean {
    return (this.#there[key] ?? 0) >= count || Object.keys(selectable(this.#input, { [key]: count })).length === 0;
  }

  add(needs: readonly Need[], info: GraphQLResolveInfo): Promise<void> {
    const fragment = deferringFragment(info);
    const open = this.#open.get(fragment);
    if (open) {
      open.needs.push(...needs);
      return open.added;
    }
    const wanted = [...needs];
    // All of one fragment together, of different ones each by itself, so that none waits for the other. An executor resolves the fields of a fragment without waiting between them.
    const added = Promise.resolve().then(() => {
      this.#open.delete(fragment);
      return this.#add(mostOf(wanted.filter((need) => !this.has(need))));
    });
    this.#open.set(fragment, { needs: wanted, added });
    return added;
  }

  async #add(selection: AttributionSelection): Promise<void> {
    const { grains } = await this.#read(selection);
    const there = { ...this.#result.grains };
    for (const [key, count = 0] of Object.entries(selection) as [Grain, number | undefined][]) {
      // Another fragment may have added more of the same meanwhile.
      if (count < (this.#there[key] ?? 0)) continue;
      this.#there[key] = count;
      Object.assign(there, { [key]: grains[key] });
    }
    this.#result = { ...this.#result, grains: there };
  }
}

/** An answer that grows by what was deferred. @param selection what it has @param read has more computed, and added to the run */
export function growing(
  { run, model, tokens, result }: AttributionValue,
  selection: AttributionSelection,
  read: (selection: AttributionSelection) => Promise<AttributionResult>,
): AttributionValue {
  const deferred = new DeferredParts(run, result, selection, read);
  return {
    run,
    model,
    tokens,
    deferred,
    get result() {
      return deferred.result;
    },
  };
}
