/** For tests: what a thread that `WatchedWorkers` started does before the file that it was started for. */
import { workerData } from 'node:worker_threads';
import { InferenceSession } from 'onnxruntime-node';
import { cell, endings } from './watched-workers.ts';

const { file, watched } = workerData as { file: string; watched: SharedArrayBuffer };
const cells = new Int32Array(watched);
const { create } = InferenceSession;

InferenceSession.create = async (...args: unknown[]) => {
  const index = Atomics.load(cells, cell.made);
  if (Atomics.load(cells, cell.heldAt) === index) {
    Atomics.store(cells, cell.waiting, 1);
    Atomics.notify(cells, cell.waiting);
    Atomics.wait(cells, cell.heldAt, index);
    const ending = endings[Atomics.load(cells, cell.ending)];
    if (ending === 'exit') process.exit();
    if (ending === 'throw') {
      setImmediate(() => {
        throw new Error('A fault of the thread');
      });
      // What would go on with the session does not.
      await new Promise(() => undefined);
    }
  }
  const session = await (create as (...args: unknown[]) => Promise<InferenceSession>).apply(InferenceSession, args);
  Atomics.add(cells, cell.made, 1);
  const release = session.release.bind(session);
  session.release = () => {
    Atomics.add(cells, cell.released, 1);
    return release();
  };
  return session;
};

await import(file);
