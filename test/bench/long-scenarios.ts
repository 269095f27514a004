/**
 * Long prompts, each by a runner of its own: seconds and the memory of it, beside what was estimated.
 * `node test/bench/long-scenarios.ts <folder> <threads> <scenario> <length>`
 */
import { readFileSync, realpathSync } from 'node:fs';
import { specificationOf } from '../../src/architecture/registry.ts';
import type { ModelFiles } from '../../src/checkpoint/checkpoint.ts';
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import type { AttributionRequest } from '../../src/explain/attribution/result.ts';
import type { CirculationRequest } from '../../src/explain/circulation/event.ts';
import { memoryIn, timeIn } from '../../src/jobs/capacity/estimate.ts';
import { attribution } from '../../src/jobs/kinds/attribution.ts';
import { circulation } from '../../src/jobs/kinds/circulation.ts';
import type { JobKind } from '../../src/jobs/kinds/kind.ts';
import { JobQueue } from '../../src/jobs/queue.ts';

export interface Measured {
  readonly seconds: number;
  readonly estimatedSeconds: number;
  /** Bytes that no file holds, at the most. */
  readonly own: number;
  readonly estimatedMemory: number;
}

type Ask = (queue: JobQueue, model: ModelFiles) => Promise<Measured>;

/** Bytes of a runner before it has a model. */
const bare = 60e6;

const prompt = (length: number) => Array.from({ length }, (_, position) => (position * 7919 + 13) % 40_000);

/** By name, of a prompt of so many tokens; the target is the top choice at the last position. */
export const longScenarios: Readonly<Record<string, (length: number) => Ask>> = {
  tokens: (length) => attributed(length, 'FROZEN'),
  layers: (length) => attributed(length, 'FROZEN', { layers: 1 }),
  sources: (length) => attributed(length, 'FROZEN', { 'moves.TOTAL.FROM': 1 }),
  GRADIENT: (length) => attributed(length, 'GRADIENT'),
  ATTN_LRP: (length) => attributed(length, 'ATTN_LRP'),
  'circulation of the last token': (length) => circulated(length, length - 1),
  'circulation of the first token': (length) => circulated(length, 0),
};

function attributed(length: number, method: string, selection: AttributionRequest['selection'] = {}): Ask {
  const target = { position: length - 1, token: null, against: null };
  return (queue, model) =>
    measured(queue, model, attribution, { inputIds: prompt(length), targets: [target], method, selection });
}

function circulated(length: number, position: number): Ask {
  return (queue, model) => {
    const target = { position: length - 1, token: null, against: null };
    const layers = specificationOf(model).layerCount;
    const request: CirculationRequest = { inputIds: prompt(length), track: [position], target, layers, top: 5 };
    return measured(queue, model, circulation, request);
  };
}

async function measured<Request, Result, Step>(
  queue: JobQueue,
  model: ModelFiles,
  kind: JobKind<Request, Result, Step>,
  request: Request,
): Promise<Measured> {
  const estimate = await queue.estimate(kind as JobKind<Request>, model, request);
  let own = 0;
  const timer = setInterval(() => (own = Math.max(own, ...childrenOf(process.pid).map(ownMemory))), 10);
  const started = performance.now();
  try {
    await queue.run(kind, model, request);
  } finally {
    clearInterval(timer);
  }
  return {
    seconds: (performance.now() - started) / 1000,
    estimatedSeconds: timeIn(estimate),
    own: own - bare,
    estimatedMemory: memoryIn(estimate),
  };
}

/** Linux alone tells it. */
function ownMemory(pid: number): number {
  try {
    return 1024 * Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

if (import.meta.main) {
  const [folder = '', threads = '1', scenario = 'tokens', length = '2048'] = process.argv.slice(2);
  const queue = new JobQueue({ workers: 1, threads: Number(threads), queue: 1 });
  const ask = longScenarios[scenario]?.(Number(length));
  console.log(JSON.stringify(await ask?.(queue, await openModelFiles(realpathSync(folder)))));
  await queue.close();
}
