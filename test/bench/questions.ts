/** Questions as the server asks them: of a queue of jobs, whose runner is a process of its own. */
import type { Snapshot } from '../../src/checkpoint/fingerprint.ts';
import type { AttributionMethod } from '../../src/explain/attribution/methods/registry.ts';
import type { AttributionSelection, MethodOptions } from '../../src/explain/attribution/result.ts';
import type { Estimate } from '../../src/jobs/capacity/estimate.ts';
import { attribution } from '../../src/jobs/kinds/attribution.ts';
import { circulation } from '../../src/jobs/kinds/circulation.ts';
import type { JobKind } from '../../src/jobs/kinds/kind.ts';
import type { JobQueue } from '../../src/jobs/queue.ts';
import { lastTarget } from './scenarios.ts';

/** A job with all that it is asked by. */
export interface Question {
  /** @param onStep called with each step */
  run(queue: JobQueue, model: Snapshot, onStep?: (step: object) => void): Promise<unknown>;
  estimate(queue: JobQueue, model: Snapshot): Promise<Estimate>;
}

function question<Request, Result, Step extends object>(
  job: JobKind<Request, Result, Step>,
  request: Request,
): Question {
  return {
    run: (queue, model, onStep) => queue.run(job, model, request, { onStep }),
    estimate: (queue, model) => queue.estimate(job as JobKind<Request>, model, request),
  };
}

export function askAttribution(
  length: number,
  method: AttributionMethod,
  selection: AttributionSelection = {},
  options?: MethodOptions,
): Question {
  const inputIds = promptOf(length);
  return question(attribution, {
    inputIds,
    targets: [lastTarget(length)],
    method,
    selection,
    ...(options && { options }),
  });
}

/** Of the last token, with the lens. */
export function askCirculation(length: number, layers: number): Question {
  const inputIds = promptOf(length);
  return question(circulation, { inputIds, track: [length - 1], target: lastTarget(length), layers, top: 5 });
}

/** Of tokens that every vocabulary has. */
function promptOf(length: number): number[] {
  return Array.from({ length }, (_, position) => (position * 37 + 13) % 251);
}
