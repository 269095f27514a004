/** For tests: runs of every kind and end in a store, as they are stored when they were computed. */
import type { GenerationStep } from '../../src/explain/generation/event.ts';
import { completion, partsOf } from '../../src/runs/answer.ts';
import { contentHash } from '../../src/runs/content-hash.ts';
import type { RunStore } from '../../src/runs/store.ts';
import type { Question, RunStep } from '../../src/runs/types.ts';
import { answer, attribution, circulation, completed, passed, started, stepsOf, subject } from './scripted-engine.ts';

/** A text of its own for each prompt. */
export const readable = { ...subject, textOf: (ids: readonly number[]) => `=the prompt\0 of ${ids.join(' ')}` };

/** @returns the id of a run that is in the queue */
export async function asked(store: RunStore, question: Question): Promise<string> {
  const hash = contentHash(readable, question);
  const { run } = await store.findOrCreate(store.newId(), readable, question, hash, () => true);
  return run.id;
}

const selection = { layers: 1, neurons: 2, 'ledger.TOTAL': 1, 'ledger.PROVISIONAL': 1, 'ledger.LENS': 2 };

export async function attributed(store: RunStore, seed: number): Promise<string> {
  const { targets, ...input } = attribution(seed);
  const [target] = targets;
  if (!target) throw new Error('no target');
  const id = await asked(store, { kind: 'LOGIT_ATTRIBUTION', input: { ...input, target } });
  await store.started(id);
  const request = { ...input, targets, selection };
  const result = answer(request);
  await store.complete(id, partsOf(result, selection), [...stepsOf(request), completion(result)]);
  return id;
}

/** @param end how it ends */
export async function circulated(store: RunStore, seed: number, end: RunStep = completed): Promise<string> {
  const id = await asked(store, { kind: 'CIRCULATION', input: circulation(seed) });
  await store.started(id);
  await store.append(id, [started, passed(0), passed(1)]);
  await store.append(id, [end]);
  return id;
}

const said = { logProbability: -1, probability: 0.25, entropy: 1, elapsed: 0.5, top: [] };
const audit = { logit: 2, sum: 2, gap: 0, relativeGap: 0, tolerance: 1e-4, passed: true };

export async function generated(store: RunStore, seed: number): Promise<string> {
  const input = { inputIds: [1, seed], maxTokens: 2, sampling: null, stopTokens: [], stopTexts: ['.'], top: 0 };
  const id = await asked(store, { kind: 'GENERATION', input: { ...input, attribution: { method: 'FROZEN' } } });
  const target = { position: 1, token: 7, against: null, logit: 2, cappedLogit: 2, ...said, rank: 1 };
  const steps: GenerationStep[] = [
    { type: 'STARTED', tokens: [1, seed], maxTokens: 2 },
    { type: 'TOKEN', index: 0, token: 7, logit: 2, rank: 1, ...said },
    { type: 'ATTRIBUTED', index: 0, target, tokens: Float32Array.of(1.5, 1 / 3), positions: null, bias: 0.25, audit },
    { type: 'TOKEN', index: 1, token: 9, logit: 1, rank: 3, ...said },
    { type: 'COMPLETED', reason: 'LENGTH', answer: [7, 9], text: ' a.' },
  ];
  await store.append(id, steps);
  return id;
}

/** One of each kind and end. @returns their ids, in their order */
export async function someRuns(store: RunStore): Promise<string[]> {
  return [
    await attributed(store, 1),
    await circulated(store, 2),
    await generated(store, 3),
    await circulated(store, 4, { type: 'FAILED', code: 'INTERRUPTED', message: 'The server stopped' }),
    await circulated(store, 5, { type: 'CANCELLED' }),
    await circulated(store, 6, { type: 'CANCELLED', reason: { code: 'ABANDONED', message: 'Nobody was there' } }),
  ];
}
