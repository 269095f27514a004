/** How models are held, and how much they may be asked. */
import { availableParallelism } from 'node:os';
import { amount, flag, whole, word } from './values.ts';

const weightsSettings = ['auto', 'lean', 'packed'] as const;

export const computing = {
  FOLLOW_LINKS: flag
    .default('false')
    .describe(
      'Whether models are read by any link that leads out of the folder of checkpoints; those that `npm run models -- add` has made are followed always.',
    ),
  WEIGHTS: word(weightsSettings)
    .default('auto')
    .describe(
      "How models' weights are held: lean, as they lie in the file, loaded at once and shared by all workers; packed, in float32 of each worker's own, which makes short prompts up to twice as fast; auto: lean at first, packed once a model was asked so much that it has paid, where there is room.",
    ),
  THREADS: whole(1, 256).default(availableParallelism()).describe('Threads that onnxruntime uses in each worker.'),
  MAX_QUEUE: whole(1, 100_000)
    .default(100)
    .describe(
      'Requests that may wait for a worker; further ones are refused. Of one client at most twice as many as there are places left.',
    ),
  MAX_RUN_TIME: amount
    .default(600)
    .describe('Seconds that one request may take, loading the model included; one that would take longer is refused.'),
  MAX_SWEEP_ROWS: whole(1, 10_000_000)
    .default(100_000)
    .describe('Rows that a sweep may have, and a file of rows; more are refused before anything is asked.'),
  LEAVE_GRACE: whole(0, 3600)
    .default(10)
    .describe('Seconds that a run goes on after the last one who read it has left, unless somebody asked to keep it.'),
};
