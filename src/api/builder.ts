/** The Pothos builder; it knows no type. Each type stands beside what it shows and is gathered in `schema.ts`. */
import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import RelayPlugin from '@pothos/plugin-relay';
import type { OwnSweeps } from '../experiments/sweeps/own-sweeps.ts';
import type { Catalogue } from '../inference/catalogue.ts';
import type { Engine } from '../jobs/engine.ts';
import type { KnownCircuits } from '../jobs/known-circuits.ts';
import type { ModelStates } from '../jobs/model-states.ts';
import type { WorkerStates } from '../jobs/worker-states.ts';
import type { Principal } from '../principal.ts';
import type { Turn } from '../reader.ts';
import type { OwnRuns } from '../runs/own-runs.ts';
import type { RetentionLimits } from '../runs/retention.ts';
import type { AnswerLimit } from './answer-size.ts';
import './answer-size-plugin.ts';
import './before-plugin.ts';
import type { Usage } from './me/usage.ts';
import { eventPageSizes, pageSizes } from './paging.ts';

/** What is the same for every request. */
export interface SharedContext extends AnswerLimit {
  readonly catalogue: Catalogue;
  readonly engine: Engine;
  readonly models: ModelStates;
  readonly workers: WorkerStates;
  readonly circuits: KnownCircuits;
  /** What is kept at the most. */
  readonly retention: RetentionLimits;
  /** Rows that a sweep may have. */
  readonly maxSweepRows: number;
  /** What whoever asks has of its share. */
  readonly shares: Usage;
}

/** What every resolver is given. */
export interface Context extends SharedContext {
  /** Of all that is stored, what whoever asks reaches. */
  readonly runs: OwnRuns;
  readonly sweeps: OwnSweeps;
  /**
   * Who asks, as turns are taken by: the key. Without one the address of the other end, and over a WebSocket the socket:
   * behind a proxy all who ask over HTTP are one.
   */
  readonly client: string;
  /** Who asks, and what they may. */
  readonly principal: Principal;
  /** Aborts when whoever asked is gone. */
  readonly signal: AbortSignal;
  /** Of a subscription: when it may read an event, so that none is read which could not be sent. */
  readonly turn?: Turn | undefined;
}

const firstDescription = `How many, from the beginning or from behind \`after\`: 0 to ${pageSizes.most}, ${pageSizes.usual} unless said; of \`Run.events\` 0 to ${eventPageSizes.most}, as many unless said.`;

export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: { DateTime: { Input: Date; Output: Date }; ID: { Input: string; Output: string | number } };
}>({
  plugins: [ComplexityPlugin, RelayPlugin, 'answerSize', 'before'],
  defaultFieldNullability: false,
  relay: {
    // By `nodes.ts`, where what is no id costs no other.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    firstArgOptions: { description: firstDescription },
    lastArgOptions: {
      description: 'The same from the end of the list, or from before `before`. Not together with `first`.',
    },
    afterArgOptions: {
      description:
        'A cursor of this list: what stands behind it. That of a run, a model or an experiment that is gone is a place all the same.',
    },
    beforeArgOptions: {
      description: 'A cursor of this list: what stands before it; without `first` and `after`, the last of that.',
    },
    // The connection's own complexity counts its items already.
    edgesFieldOptions: {
      complexity: { field: 1, multiplier: 1 },
      description: 'What is in the page, in the order of the list.',
    },
    nodeFieldOptions: { description: 'It itself.' },
    cursorFieldOptions: { description: 'Its place in the list, for `after` and `before`.' },
    pageInfoFieldOptions: { description: 'Where the page stands.' },
    pageInfoTypeOptions: { description: 'Where a page of a list stands.' },
    hasNextPageFieldOptions: {
      description:
        'Whether something stands behind the page; of one that was asked for from the end, whether there was a `before`.',
    },
    hasPreviousPageFieldOptions: {
      description:
        'Whether something stands before a page that was asked for from the end; of others, whether there was an `after`.',
    },
    startCursorFieldOptions: { description: 'Of the first in the page; null for an empty one.' },
    endCursorFieldOptions: { description: 'Of the last in the page, for `after`; null for an empty one.' },
    nodeTypeOptions: { description: 'Something that has an id, by which caches tell it from everything else.' },
    idFieldOptions: { description: 'A global one: `node` finds it.' },
  },
  complexity: { defaultComplexity: 1, defaultListMultiplier: 10 },
});

/** What makes the fields of an input: for those that several inputs have. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;

/** What one pass through a model costs beside what is selected of it. */
export const passComplexity = 100;

/**
 * Marks a field that has a model run or something stored: see `plain-requests.ts` and `auth/scopes.ts`. The fields of a
 * mutation all do.
 */
export const computes = { computes: true } as const;

/**
 * Marks a field of what is stored that is computed further where it is selected further: whoever may read is answered as far as
 * it is stored, which `OwnAttributions` sees to.
 */
export const computesFurther = { ...computes, further: true } as const;

/** The values of an enum that lists what a registry has. */
export function enumValues<Name extends string>(
  registry: readonly { readonly name: Name; readonly description: string }[],
): Record<Name, { description: string }> {
  const values = registry.map(({ name, description }) => [name, { description }]);
  return Object.fromEntries(values) as Record<Name, { description: string }>;
}

/** What reading texts and lists of tokens that a client sent costs, wherever they stand in an argument. */
export function readingComplexity(input: unknown): number {
  return Math.ceil(lengthOf(input) / 10);
}

/** Characters of all texts in it, and one for everything else; no input type is nested more deeply. */
export function lengthOf(input: unknown, depth = 10): number {
  if (typeof input === 'string') return input.length;
  if (typeof input !== 'object' || input === null || depth === 0) return 1;
  return Object.values(input).reduce<number>((sum, part) => sum + lengthOf(part, depth - 1), 1);
}

/** What a list of the strongest costs: its items, as many as are asked for. */
export function listComplexity({ first }: { readonly first: number }) {
  return { field: 1, multiplier: Math.max(first, 1) };
}
