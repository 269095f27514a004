/** For tests of closing: a process that has nothing else to do than to close a pool with a job under way. */
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import { WorkerPool } from '../../src/jobs/pool.ts';

const [folder = ''] = process.argv.slice(2);
const model = await openModelFiles(folder);
const pool = new WorkerPool({ workers: 1, threads: 1, queue: 1 });
const loading = Promise.withResolvers<void>();
const prediction = { inputIds: [1, 2], position: 1, tokens: [], top: 1 };
const ended = pool
  .predict(model, prediction, { onLoad: () => loading.resolve() })
  .then(() => 'predicted')
  .catch(({ code }: { code?: string }) => code);
await loading.promise;
await pool.close();
console.log(await ended);
console.log('closed');
