/** Memory and time of a request before it is made. */
import { isWithin, memoryIn, timeIn } from '../../jobs/capacity/estimate.ts';
import type { Expectation } from '../../jobs/engine.ts';
import { builder } from '../builder.ts';
import { questionFailures, typeOf } from '../failures.ts';

const Estimate = builder.objectRef<Expectation>('Estimate').implement({
  description:
    "What a request is expected to take: memory by the sizes of all tensors, time by this machine's speed, measured once, and by what earlier requests to the model took. About right, not exact: that requests which run at the same time slow each other down is not counted, nor is that an answer may be stored already.",
  fields: (t) => ({
    tokens: t.exposeInt('tokens', { description: 'Length of the prompt; 0 for what reads none.' }),
    memory: t.float({ description: 'Bytes: `weights` and `activations`.', resolve: memoryIn }),
    weights: t.exposeFloat('weights', {
      description:
        'Bytes that a process has of its own for the model: copies of its weights for each set of graphs that the request needs where they are `PACKED`, what of them is converted at a time where they are `LEAN`. What the system keeps of files is not counted.',
    }),
    activations: t.exposeFloat('activations', {
      description:
        'Bytes that are held at the most while it runs: what each block leaves for the way back, and one block at work.',
    }),
    time: t.float({ description: 'Seconds: `loadTime` and `runTime`.', resolve: timeIn }),
    loadTime: t.exposeFloat('loadTime', {
      description:
        'Seconds until the model is in memory; 0 when what is needed of it is. Files that were not read lately take longer.',
    }),
    runTime: t.exposeFloat('runTime', {
      description: 'Seconds of all passes, forward and back; without waiting for other requests.',
    }),
    queueTime: t.exposeFloat('queueTime', {
      nullable: true,
      description:
        'Seconds until it would begin if it were asked for now by whoever asks this, and nobody else came; 0: at once. Null where it would be refused, since the queue has no place for it.',
    }),
    totalTime: t.float({
      nullable: true,
      description: 'Seconds until its answer: `queueTime` and `time`; null where there is no `queueTime`.',
      resolve: (estimate) => (estimate.queueTime === null ? null : estimate.queueTime + timeIn(estimate)),
    }),
    memoryBudget: t.float({
      nullable: true,
      description: 'Bytes that the server allows (MAX_MODEL_MEMORY); null without a limit.',
      resolve: ({ memoryBudget }) => finite(memoryBudget),
    }),
    timeBudget: t.float({
      nullable: true,
      description: 'Seconds that the server allows (MAX_RUN_TIME); null without a limit.',
      resolve: ({ timeBudget }) => finite(timeBudget),
    }),
    withinBudget: t.boolean({
      description: 'Whether the request would be let through; otherwise it is refused with an OverCapacityError.',
      resolve: isWithin,
    }),
  }),
});

export const EstimateResult = builder.unionType('EstimateResult', {
  description: 'The estimate, or what was wrong with the request.',
  types: [Estimate, ...questionFailures],
  resolveType: typeOf('Estimate'),
});

function finite(budget: number): number | null {
  return budget === Number.POSITIVE_INFINITY ? null : budget;
}
