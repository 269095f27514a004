/**
 * For tests: a process that has nothing else to do than to close a queue with a job under way, before its answer comes or as
 * it does; or to stay and be killed; or to ask while it can open no more files, and once more when it can.
 */
import childProcess from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import { prediction } from '../../src/jobs/kinds/prediction.ts';
import type { Report } from '../../src/jobs/messages.ts';
import { JobQueue } from '../../src/jobs/queue.ts';

const [folder = '', then = 'close'] = process.argv.slice(2);
const { fork } = childProcess;
let runner: childProcess.ChildProcess | undefined;
let closed: Promise<void> | undefined;
childProcess.fork = ((...args: Parameters<typeof fork>) => {
  runner = fork(...args);
  if (then === 'answered')
    runner.on('message', ({ type }: Report) => {
      if (type === 'done') closed = queue.close();
    });
  return runner;
}) as typeof fork;
syncBuiltinESMExports();

const model = await openModelFiles(folder);
const queue = new JobQueue({ workers: 1, threads: 1, queue: 1 });
const ask = (onStart: () => void = () => undefined) =>
  queue
    .run(prediction, model, { inputIds: [1, 2], position: 1, tokens: [], top: 1 }, { onStart })
    .then(() => 'predicted')
    .catch(({ code }: { code?: string }) => code);
const started = Promise.withResolvers<void>();
const ended = ask(started.resolve);
await started.promise;
if (then === 'stay') {
  await ended;
  console.log(runner?.pid);
  setInterval(() => undefined, 1000);
} else if (then === 'starve') {
  await ended;
  const alive = setInterval(() => undefined, 1000);
  const gone = once(runner as childProcess.ChildProcess, 'close');
  runner?.kill('SIGKILL');
  await gone;
  clearInterval(alive);
  const files = exhaust();
  const refused = await ask();
  for (const file of files) closeSync(file);
  console.log(refused);
  console.log(await ask());
  await queue.close();
} else {
  if (then === 'answered') await ended;
  else closed = queue.close();
  await closed;
  console.log(await ended);
  console.log('closed');
}

/** Opens as many files as there may be. */
function exhaust(): number[] {
  const files: number[] = [];
  try {
    for (;;) files.push(openSync('/dev/null', 'r'));
  } catch {
    return files;
  }
}
