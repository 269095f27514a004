/** A thread that runs models: it takes one job at a time and reports as the job passes each block. */
import { parentPort, workerData } from 'node:worker_threads';
import { attribute, graphsOf } from '../attribution/attribute.ts';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import { circulate, circulationGraphs } from '../circulation/circulate.ts';
import { TributaryError } from '../errors.ts';
import { Gate } from './gate.ts';
import { LoadedModel } from './loaded-model.ts';
import type { Failure, JobMessage, JobReport } from './messages.ts';

const { threads } = workerData as { threads: number };
const port = parentPort;
if (!port) throw new Error('worker.ts runs as a worker thread');

/** By folder. */
const models = new Map<string, LoadedModel>();
const report = (message: JobReport) => port.postMessage(message);

port.on('message', async (message: JobMessage | 'close') => {
  if (message === 'close') {
    for (const model of models.values()) await model.release();
    port.close();
    return;
  }
  try {
    report({ type: 'done', result: await run(message) });
  } catch (error) {
    report({ type: 'failed', error: failure(error) });
  }
});

async function run({ folder, work, gate: shared }: JobMessage) {
  const gate = new Gate(shared);
  gate.throwIfCancelled();
  const model = models.get(folder) ?? (await open(folder));
  const prepare = (graphs: Parameters<LoadedModel['prepare']>[0]) =>
    model.prepare(
      graphs,
      (progress) => report({ type: 'load', progress }),
      () => gate.throwIfCancelled(),
    );
  if (work.kind === 'attribution') {
    await prepare(graphsOf(work.request.method));
    return attribute(model, work.request, gate);
  }
  await prepare(circulationGraphs);
  await circulate(model, work.request, gate, (step) => report({ type: 'step', step }));
  return undefined;
}

async function open(folder: string): Promise<LoadedModel> {
  const model = new LoadedModel(await openModelFiles(folder), threads);
  models.set(folder, model);
  return model;
}

function failure(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: error instanceof TributaryError ? error.code : undefined, message, stack };
}
