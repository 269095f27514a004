/** A batch from its questions to their answers, as each of them would have been answered by itself. */
import type { ToldInBatch } from '../../explain/attribution/batch-request.ts';
import type { AttributionResult } from '../../explain/attribution/result.ts';
import type { Engine } from '../../jobs/engine.ts';
import { attributionBatch } from '../../jobs/kinds/attribution-batch.ts';
import { completion, partsOf } from '../../runs/answer.ts';
import { profileOf } from '../../runs/profile.ts';
import type { AnsweredRows } from '../../runs/sweep-store.ts';
import type { RunProfile } from '../../runs/types.ts';
import { requestOf } from './batches.ts';
import type { AttributionAsked } from './questions.ts';

export interface BatchOptions {
  /** Gives ids of runs, each greater than those before. */
  readonly newId: () => string;
  readonly signal: AbortSignal;
  readonly client: string;
}

/** @throws TributaryError as the engine */
export async function answered(
  engine: Engine,
  batch: readonly AttributionAsked[],
  { newId, signal, client }: BatchOptions,
): Promise<AnsweredRows[]> {
  const [{ subject }] = batch as readonly [AttributionAsked];
  const { request, places } = requestOf(batch);
  const ids = batch.map(() => newId());
  const createdAt = new Date();
  let startedAt = createdAt;
  let profile: RunProfile | undefined;
  const told: ToldInBatch[] = [];
  const results = await engine.run(attributionBatch, subject, request, {
    signal,
    client,
    onStart: () => {
      startedAt = new Date();
    },
    onTook: (took) => {
      const queued = (startedAt.getTime() - createdAt.getTime()) / 1000;
      profile = profileOf(took, queued, batch.length);
    },
    onStep: (step) => void told.push(step),
  });
  return batch.map(({ rows, subject, question, contentHash, own }, index) => {
    const { prompt, target } = places[index] as (typeof places)[number];
    const result = results[prompt]?.[target] as AttributionResult;
    const steps = told.flatMap((one) =>
      (one.prompt ?? prompt) === prompt && (one.target ?? target) === target ? [one.step] : [],
    );
    const answer = { subject, question, contentHash, id: ids[index] as string, startedAt, profile };
    return { rows, answer: { ...answer, steps: [...steps, completion(result)], parts: partsOf(result, own) } };
  });
}
