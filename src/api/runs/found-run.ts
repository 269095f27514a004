import { createContextCache } from '@pothos/core';
import type { OwnRuns } from '../../runs/own-runs.ts';
import type { RunRecord } from '../../runs/types.ts';
import { orGraphQLError } from '../failures.ts';

const foundIn = createContextCache(() => new Map<string, Promise<RunRecord | null>>());

/** The run of an id, looked up once for a request, under however many aliases it is asked for. */
export function foundRun(id: string, context: { readonly runs: OwnRuns }): Promise<RunRecord | null> {
  const found = foundIn(context);
  const known = found.get(id) ?? orGraphQLError(async () => (await context.runs.find(id)) ?? null);
  found.set(id, known);
  return known;
}
