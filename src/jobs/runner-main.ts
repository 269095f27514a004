/**
 * A process that runs one model: it takes one job at a time and reports as the job passes each block. What it has of
 * memory it keeps, so that no pass waits for pages, and gives all of it back by exiting. Started by `runner-process.ts`.
 */
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import { hasChanged, type Snapshot, verifyUnchanged } from '../checkpoint/fingerprint.ts';
import { TributaryError } from '../errors.ts';
import { Gate } from '../inference/gate.ts';
import { LoadedModel } from '../inference/loaded-model.ts';
import { measureSpeed } from '../inference/speed.ts';
import { jobKindOf } from './kinds/registry.ts';
import type { Failure, Order, Report } from './messages.ts';

const threads = Number(process.argv[2]);
/** Whom it cannot tell is gone: killed, it may be, before this process could hear of it. */
const tell = (report: Report) =>
  process.send?.(report, undefined, undefined, (error) => {
    if (error) process.exit();
  });

/** Of the files that came with the first job; those of every later one are the same. */
let model: LoadedModel | undefined;
let gate = new Gate();

process.on('message', async (order: Order) => {
  if (order.type === 'gate') gate.move(order.state);
  else if (order.type === 'measure') tell({ type: 'measured', speed: await measureSpeed(threads) });
  else tell(await answer(order));
});
// The server is gone, in whatever way.
process.on('disconnect', () => process.exit());
// A terminal and a supervisor signal the whole group; when a runner ends is for its server to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

async function answer(order: Extract<Order, { type: 'job' }>): Promise<Report> {
  try {
    return { type: 'done', ...(await run(order)) };
  } catch (error) {
    const stale = await verifyUnchanged(order.model).then(
      () => false,
      () => true,
    );
    return { type: 'failed', error: failure(error), stale };
  }
}

async function run({ model: snapshot, work, gate: state }: Extract<Order, { type: 'job' }>) {
  gate = new Gate();
  gate.move(state);
  gate.throwIfCancelled();
  const began = performance.now();
  await verifyUnchanged(snapshot);
  model ??= await open(snapshot);
  const kind = jobKindOf(work.kind);
  await model.prepare(
    kind.graphs(work.request),
    (progress) => tell({ type: 'load', progress }),
    () => gate.throwIfCancelled(),
  );
  const loaded = performance.now();
  // What is told is of the files of the snapshot: sessions are made, and weights are read, all the while.
  const result = await kind.run(model, work.request, gate, async (step) => {
    await verifyUnchanged(snapshot);
    tell({ type: 'step', step });
  });
  await verifyUnchanged(snapshot);
  return { result, took: { load: (loaded - began) / 1000, run: (performance.now() - loaded) / 1000 } };
}

async function open({ folder, fingerprint }: Snapshot): Promise<LoadedModel> {
  const files = await openModelFiles(folder);
  if (files.fingerprint !== fingerprint) throw hasChanged(folder);
  return new LoadedModel(files, threads);
}

function failure(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: error instanceof TributaryError ? error.code : undefined, message, stack };
}
