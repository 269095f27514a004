/** A thread that runs models: it takes one job at a time and reports as the job passes each block. */
import { parentPort, workerData } from 'node:worker_threads';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import { hasChanged, type Snapshot, verifyUnchanged } from '../checkpoint/fingerprint.ts';
import { TributaryError } from '../errors.ts';
import { attributeAll, graphsOf } from '../explain/attribution/attribute.ts';
import { circuits } from '../explain/circuits/circuits.ts';
import { circulate, circulationGraphs } from '../explain/circulation/circulate.ts';
import { predict, predictionGraphs } from '../explain/prediction.ts';
import { Gate } from '../inference/gate.ts';
import { LoadedModel } from '../inference/loaded-model.ts';
import type { Failure, JobMessage, JobReport, ReleaseMessage, Work, WorkResult } from './messages.ts';

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
    const { folder } = message.model;
    // What was loaded of other files must not be taken for the model, should they be put back.
    await verifyUnchanged(message.model).catch(() => release([folder]));
    report({ type: 'failed', error: failure(error), held: models.has(folder) });
  }
});

async function release(folders: Iterable<string>): Promise<void> {
  for (const folder of [...folders]) {
    await models.get(folder)?.model.release();
    models.delete(folder);
  }
}

async function run({ model: snapshot, work, gate: shared }: JobMessage) {
  const gate = new Gate(shared);
  const began = performance.now();
  const model = await open(snapshot);
  gate.throwIfCancelled();
  await model.prepare(
    sessionsOf(work),
    (progress) => report({ type: 'load', progress }),
    () => gate.throwIfCancelled(),
  );
  const loaded = performance.now();
  const result = await perform(model, snapshot, work, gate);
  const took = { load: (loaded - began) / 1000, run: (performance.now() - loaded) / 1000 };
  return { result, took };
}

/** Those that a job is given before it begins. */
function sessionsOf(work: Work): Parameters<LoadedModel['prepare']>[0] {
  if (work.kind === 'circuits') return [];
  if (work.kind === 'prediction') return predictionGraphs;
  return work.kind === 'attribution' ? graphsOf(work.request) : circulationGraphs;
}

/** What is told is of the files of the snapshot: sessions are made, and weights are read, all the while. */
async function perform(model: LoadedModel, snapshot: Snapshot, work: Work, gate: Gate): Promise<WorkResult> {
  if (work.kind === 'circulation') {
    await circulate(model, work.request, gate, async (step) => {
      await verifyUnchanged(snapshot);
      report({ type: 'step', step });
    });
    return undefined;
  }
  const result = await answer(model, work, gate);
  await verifyUnchanged(snapshot);
  return result;
}

function answer(model: LoadedModel, work: Exclude<Work, { kind: 'circulation' }>, gate: Gate): Promise<WorkResult> {
  if (work.kind === 'circuits') return circuits(model, work.request, gate);
  if (work.kind === 'attribution') return attributeAll(model, work.request, gate);
  return predict(model, work.request, gate);
}

/** Opened once, and anew for other files. */
async function open(snapshot: Snapshot): Promise<LoadedModel> {
  const { folder, fingerprint } = snapshot;
  const known = models.get(folder);
  if (known?.fingerprint === fingerprint) {
    await verifyUnchanged(snapshot);
    return known.model;
  }
  await release([folder]);
  const files = await openModelFiles(folder);
  if (files.fingerprint !== fingerprint) throw hasChanged(folder);
  const model = new LoadedModel(files, threads);
  models.set(folder, { model, fingerprint });
  return model;
}

function failure(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: error instanceof TributaryError ? error.code : undefined, message, stack };
}
