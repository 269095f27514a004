/**
 * For tests of recovery: a process with a run that never ends, of which it prints each event that a reader received, and
 * one that waits in the queue.
 */

import { openStore } from '../../src/runs/open.ts';
import { RunService } from '../../src/runs/service.ts';
import { RunStore } from '../../src/runs/store.ts';
import { attribution, circulation, passed, ScriptedEngine, started, subject } from './scripted-engine.ts';

const [url = ''] = process.argv.slice(2);
const engine = new ScriptedEngine();
const { database, dialect } = await openStore(url);
const runs = new RunService(new RunStore(database, undefined, undefined, { dialect }), engine, (error) => {
  throw error;
});
const { id } = await runs.startCirculation(subject, circulation(1), { keep: true });
engine.queue = new Promise(() => undefined);
const [queued] = await runs.attributions.start(subject, attribution(1), {}, { keep: true });
process.stdout.write(`${JSON.stringify({ id, queued: queued?.id })}\n`);
let layer = 0;
const tell = () => {
  engine.step(layer === 0 ? started : passed(layer));
  layer++;
  setImmediate(tell);
};
tell();
for await (const { seq } of runs.events(id)) process.stdout.write(`${JSON.stringify({ seq })}\n`);
