/** A thread that runs models: it takes one job at a time and reports as the job passes each block. */
import { parentPort, workerData } from 'node:worker_threads';
import { attributeAll, graphsOf } from '../attribution/attribute.ts';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import { circuits } from '../circuits/circuits.ts';
import { circulate, circulationGraphs } from '../circulation/circulate.ts';
import { TributaryError } from '../errors.ts';
import { fingerprintOf } from './fingerprint.ts';
import { Gate } from './gate.ts';
import { LoadedModel } from './loaded-model.ts';
import type { Failure, JobMessage, JobReport, ReleaseMessage, Work, WorkResult } from './messages.ts';
import { predict, predictionGraphs } from './prediction.ts';

const { threads } = workerData as { threads: number };
const port = parentPort;
if (!port) throw new Error('worker.ts runs as a worker thread');

interface Opened {
  readonly model: LoadedModel;
  readonly fingerprint: string;
}

/** By folder. */
const models = new Map<string, Opened>();
const report = (message: JobReport | 'released') => port.postMessage(message);

port.on('message', async (message: JobMessage | ReleaseMessage | 'close') => {
  if (message === 'close') {
    await release(models.keys());
    port.close();
    return;
  }
  if ('release' in message) {
    await release(message.release);
    report('released');
    return;
  }
  try {
    report({ type: 'done', ...(await run(message)) });
  } catch (error) {
    report({ type: 'failed', error: failure(error) });
  }
});

async function release(folders: Iterable<string>): Promise<void> {
  for (const folder of [...folders]) {
    await models.get(folder)?.model.release();
    models.delete(folder);
  }
}

async function run({ folder, work, gate: shared }: JobMessage) {
  const gate = new Gate(shared);
  gate.throwIfCancelled();
  const began = performance.now();
  const model = await open(folder);
  await model.prepare(
    sessionsOf(work),
    (progress) => report({ type: 'load', progress }),
    () => gate.throwIfCancelled(),
  );
  const loaded = performance.now();
  const result = await perform(model, work, gate);
  const took = { load: (loaded - began) / 1000, run: (performance.now() - loaded) / 1000 };
  return { result, took };
}

/** Those that a job is given before it begins. */
function sessionsOf(work: Work): Parameters<LoadedModel['prepare']>[0] {
  if (work.kind === 'circuits') return [];
  if (work.kind === 'prediction') return predictionGraphs;
  return work.kind === 'attribution' ? graphsOf(work.request) : circulationGraphs;
}

async function perform(model: LoadedModel, work: Work, gate: Gate): Promise<WorkResult> {
  if (work.kind === 'circuits') return circuits(model, work.request, gate);
  if (work.kind === 'attribution') return attributeAll(model, work.request, gate);
  if (work.kind === 'prediction') return predict(model, work.request, gate);
  await circulate(model, work.request, gate, (step) => report({ type: 'step', step }));
  return undefined;
}

/** Opened once, and anew when its files have changed. */
async function open(folder: string): Promise<LoadedModel> {
  const fingerprint = await fingerprintOf(folder);
  const known = models.get(folder);
  if (known?.fingerprint === fingerprint) return known.model;
  await release([folder]);
  const model = new LoadedModel(await openModelFiles(folder), threads);
  models.set(folder, { model, fingerprint });
  return model;
}

function failure(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: error instanceof TributaryError ? error.code : undefined, message, stack };
}
