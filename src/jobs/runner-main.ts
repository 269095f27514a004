/**
 * A process that runs one model: it takes a job and reports as the job passes each block; another one while that stands
 * aside. Between two blocks a job shares nothing with others but the model's sessions, which keep nothing of a run. What it
 * has of memory the process keeps, so that no pass waits for pages, and gives all of it back by exiting. Started by `runner-process.ts`.
 */
import { getHeapStatistics } from 'node:v8';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import { hasChanged, type Snapshot, verifyUnchanged } from '../checkpoint/fingerprint.ts';
import { TributaryError } from '../errors.ts';
import { Gate } from '../inference/gate.ts';
import { LoadedModel } from '../inference/loaded-model.ts';
import { profiled } from '../inference/profile.ts';
import { measureSpeed } from '../inference/speed.ts';
import type { Weights } from '../onnx/weights.ts';
import { jobKindOf } from './kinds/registry.ts';
import type { Failure, Order, Report, Said } from './messages.ts';

const threads = Number(process.argv[2]);
/** Bytes of tensors that are worth a collection, which takes some milliseconds. */
const muchLeft = 16e6;
/** Whom it cannot tell is gone: killed, it may be, before this process could hear of it. */
const tell = (report: Report) =>
  process.send?.(report, undefined, undefined, (error) => {
    if (error) process.exit();
  });

/** Of the files that came with the first job; those of every later one are the same. */
let model: LoadedModel | undefined;
/** Of the jobs under way, by the number of the order. */
const gates = new Map<number, Gate>();

process.on('message', async (order: Order) => {
  if (order.type === 'gate') gates.get(order.order)?.move(order.state);
  else if (order.type === 'measure') tell({ order: order.order, type: 'measured', speed: await measureSpeed(threads) });
  else {
    tell({ order: order.order, ...(await answer(order)) });
    collect();
  }
});
// The server is gone, in whatever way.
process.on('disconnect', () => process.exit());
// A terminal and a supervisor signal the whole group; when a runner ends is for its server to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

/**
 * Gives back what a job's tensors took, once the answer is on its way: the collector sees small objects and does not hurry,
 * and the next job would take as much beside them.
 */
function collect(): void {
  if (getHeapStatistics().external_memory > muchLeft) globalThis.gc?.();
}

async function answer(order: Extract<Order, { type: 'job' }>): Promise<Said> {
  const gate = new Gate(() => tell({ order: order.order, type: 'aside' }));
  gates.set(order.order, gate);
  gate.move(order.gate);
  try {
    return { type: 'done', ...(await run(order, gate)) };
  } catch (error) {
    const stale = await verifyUnchanged(order.model).then(
      () => false,
      () => true,
    );
    return { type: 'failed', error: failure(error), stale };
  } finally {
    gates.delete(order.order);
  }
}

async function run({ order, model: snapshot, weights, work }: Extract<Order, { type: 'job' }>, gate: Gate) {
  gate.throwIfCancelled();
  const began = performance.now();
  await verifyUnchanged(snapshot);
  if (model?.weights !== weights) {
    await model?.release();
    model = await open(snapshot, weights);
  }
  const kind = jobKindOf(work.kind);
  await model.prepare(
    kind.graphs(work.request),
    (progress) => tell({ order, type: 'load', progress }),
    () => gate.throwIfCancelled(),
  );
  const loaded = performance.now();
  const prepared = model;
  const { waited } = prepared;
  // What is told is of the files of the snapshot: sessions are made, and weights are read, all the while.
  const { result, profile: blocks } = await profiled(() =>
    kind.run(prepared, work.request, gate, async (step) => {
      if (!kind.isBare?.(step)) await verifyUnchanged(snapshot);
      tell({ order, type: 'step', step });
    }),
  );
  await verifyUnchanged(snapshot);
  const took = {
    load: (loaded - began) / 1000,
    run: (performance.now() - loaded - gate.stood) / 1000,
    waited: (prepared.waited - waited) / 1000,
    blocks,
  };
  return { result, took };
}

async function open({ folder, fingerprint }: Snapshot, weights: Weights): Promise<LoadedModel> {
  const files = await openModelFiles(folder);
  if (files.fingerprint !== fingerprint) throw hasChanged(folder);
  return new LoadedModel(files, threads, weights);
}

function failure(error: unknown): Failure {
  const { message, stack, cause } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof TributaryError ? error.code : undefined;
  return { code, message, stack, cause: cause instanceof Error ? cause : undefined };
}
