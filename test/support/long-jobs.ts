/** For tests: jobs that are long by what is known of the machine before it is measured, and short ones that they give way to. */
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import type { AttributionRequest } from '../../src/explain/attribution/result.ts';
import type { CirculationRequest } from '../../src/explain/circulation/event.ts';
import type { GenerationRequest } from '../../src/explain/generation/event.ts';
import { ModelCost } from '../../src/inference/cost.ts';
import { Gate } from '../../src/inference/gate.ts';
import type { JobOptions } from '../../src/jobs/engine.ts';
import { attribution } from '../../src/jobs/kinds/attribution.ts';
import { prediction } from '../../src/jobs/kinds/prediction.ts';
import { QueueFixture } from './queue-fixture.ts';

const layers = 3;

/** So many that what is held for a while is still long. */
export const inputIds = Array.from({ length: 200 }, (_, index) => 30 + index);
export const target = { position: 199, token: null, against: null };
export const occlusion: AttributionRequest = { inputIds, targets: [target], method: 'OCCLUSION', selection: {} };
export const followed: CirculationRequest = {
  inputIds,
  track: [...inputIds.keys()].slice(0, 60),
  layers,
  top: 1,
  target,
};
/** Its last tokens are explained together, over the whole of it. */
export const answered: GenerationRequest = {
  inputIds,
  maxTokens: 40,
  sampling: { temperature: 1, topK: null, topP: 1, seed: 1 },
  stopTokens: [],
  stopTexts: [],
  top: 1,
  attribution: { method: 'FROZEN' },
};
export const short = { inputIds: [72, 101], position: 1, tokens: [], top: 1 };
export const small = { ...occlusion, inputIds: [72, 101], targets: [{ ...target, position: 1 }] };
/** As short, and can be held. */
export const shortCirculation: CirculationRequest = {
  inputIds: [72, 101],
  track: [0],
  layers,
  top: 1,
  target: { ...target, position: 1 },
};

export class LongJobs extends QueueFixture {
  constructor() {
    super(layers);
  }

  /** A job that waits before its block 1, by its own gate. */
  readonly begun = async <Result>(ask: (options: JobOptions) => Promise<Result>, options: JobOptions = {}) => {
    const gate = new Gate();
    gate.hold(1);
    const started = Promise.withResolvers<void>();
    const ended = ask({ ...options, gate, onStart: started.resolve });
    ended.catch(() => undefined);
    await started.promise;
    let over = false;
    const end = () => {
      over = true;
    };
    ended.then(end, end);
    return { gate, ended, isOver: () => over };
  };

  /** Bytes; counted, so that no machine is measured: all jobs are long by what is known of it before. */
  readonly activationsOf = async (request: AttributionRequest) => {
    const cost = new ModelCost(await openModelFiles(this.models.a.folder));
    return attribution.demand(cost, request).activations;
  };

  readonly predicted = (model = this.models.a) => this.queue.run(prediction, model, short, { client: 'other' });

  readonly occluded = (options: JobOptions = {}) => this.queue.run(attribution, this.models.a, occlusion, options);

  /** Another client's, before its second block: whatever ran stands aside by then. */
  readonly heldShort = (options: JobOptions = {}) =>
    this.held(this.models.a, { ...options, client: 'other' }, shortCirculation);
}
