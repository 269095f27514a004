/** What several attacks ask. */
import assert from 'node:assert/strict';
import type { RunEvent, TributaryClient } from '../../src/client/client.ts';
import {
  CirculationDocument,
  type CirculationInput,
  StartCirculationDocument,
} from '../../src/client/generated/graphql.ts';
import { collect } from '../server/harness.ts';
import type { Random } from './random.ts';

export type Event = RunEvent;

/** Of the small model, without a tokenizer. */
const tokens = 280;

export function tokenIds(random: Random, length: number, below = tokens): number[] {
  return Array.from({ length }, () => random.below(below));
}

/** Of the small model. */
export function question(random: Random, least: number, most = least) {
  return { model: 'llama', prompt: { tokenIds: tokenIds(random, random.between(least, most)) } };
}

/** All that is told of a circulation. */
export async function circulate(client: TributaryClient, input: CirculationInput): Promise<Event[]> {
  const events = await collect(client.subscribe(CirculationDocument, { input }));
  return events.map(({ circulation }) => circulation);
}

/** @returns the id of its run */
export async function startCirculation(client: TributaryClient, input: CirculationInput): Promise<string> {
  const { startCirculation: answer } = await client.request(StartCirculationDocument, { input });
  assert.ok(answer.__typename === 'RunPayload', JSON.stringify(answer));
  return answer.run.id;
}

/** Of the run that events tell of. */
export function runIdOf([first]: readonly Event[]): string {
  assert.ok(first && 'run' in first, JSON.stringify(first));
  return first.run.id;
}
