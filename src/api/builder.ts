/** The Pothos builder; it knows no type. Each type stands beside what it shows and is gathered in `schema.ts`. */
import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import RelayPlugin from '@pothos/plugin-relay';
import type { Catalogue } from '../inference/catalogue.ts';
import type { Engine } from '../jobs/engine.ts';
import type { KnownCircuits } from '../jobs/known-circuits.ts';
import type { RunService } from '../runs/service.ts';

/** What is the same for every request. */
export interface ServerContext {
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
}

export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: { DateTime: { Input: Date; Output: Date }; ID: { Input: string; Output: string | number } };
}>({
  plugins: [ComplexityPlugin, RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    nodeQueryOptions: { description: 'Anything that has an id, by that id.', nullable: true },
    nodesQueryOptions: {
      description: 'Several of them at once, in order; null for an id of nothing.',
      complexity: ({ ids }) => ({ field: 1, multiplier: Math.max(ids.length, 1) }),
    },
    // The connection's own complexity counts its items already.
    edgesFieldOptions: { complexity: { field: 1, multiplier: 1 } },
    pageInfoTypeOptions: { description: 'Where a page of a list stands.' },
  },
  complexity: { defaultComplexity: 1, defaultListMultiplier: 10 },
});

/** The values of an enum that lists what a registry has. */
export function enumValues<Name extends string>(
  registry: readonly { readonly name: Name; readonly description: string }[],
): Record<Name, { description: string }> {
  const values = registry.map(({ name, description }) => [name, { description }]);
  return Object.fromEntries(values) as Record<Name, { description: string }>;
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
