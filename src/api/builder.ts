/** The Pothos builder; it knows no type. Each type stands beside what it shows and is gathered in `schema.ts`. */
import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import RelayPlugin from '@pothos/plugin-relay';
import type { Catalogue } from '../inference/catalogue.ts';
import type { Engine } from '../jobs/engine.ts';
import type { KnownCircuits } from '../jobs/known-circuits.ts';
import type { Turn } from '../runs/event-reader.ts';
import type { RunService } from '../runs/service.ts';
import type { AnswerLimit } from './answer-size.ts';
import './answer-size-plugin.ts';
import './before-plugin.ts';

/** What is the same for every request. */
export interface ServerContext extends AnswerLimit {
  readonly catalogue: Catalogue;
  readonly engine: Engine;
  readonly runs: RunService;
  readonly circuits: KnownCircuits;
}

/** What every resolver is given. */
export interface Context extends ServerContext {
  /**
   * Who asks, as turns are taken by: the address of the other end, and over a WebSocket the socket. Behind a proxy all
   * who ask over HTTP are one.
   */
  readonly client: string;
  /** Aborts when whoever asked is gone. */
  readonly signal: AbortSignal;
  /** Of a subscription: when it may read an event, so that none is read which could not be sent. */
  readonly turn?: Turn | undefined;
}

/** What looking one thing up by its id costs. */
const lookUpComplexity = 10;

export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: { DateTime: { Input: Date; Output: Date }; ID: { Input: string; Output: string | number } };
}>({
  plugins: [ComplexityPlugin, RelayPlugin, 'answerSize', 'before'],
  defaultFieldNullability: false,
  relay: {
    nodeQueryOptions: { description: 'Anything that has an id, by that id.', nullable: true },
    nodesQueryOptions: {
      description: 'Several of them at once, in order; null for an id of nothing.',
      complexity: ({ ids }) => ({ field: lookUpComplexity * ids.length, multiplier: Math.max(ids.length, 1) }),
    },
    // The connection's own complexity counts its items already.
    edgesFieldOptions: { complexity: { field: 1, multiplier: 1 } },
    pageInfoTypeOptions: { description: 'Where a page of a list stands.' },
  },
  complexity: { defaultComplexity: 1, defaultListMultiplier: 10 },
});

/** Marks a field that has a model run or something stored: see `plain-requests.ts`. The fields of a mutation all do. */
export const computes = { computes: true } as const;

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

/** Items of a page where a client names no size. */
export const defaultPageSize = 20;

/** What a list costs: its items, as many as are asked for. */
export function listComplexity({
  first,
  last,
}: {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
}) {
  return { field: 1, multiplier: Math.max(first ?? last ?? defaultPageSize, 1) };
}
