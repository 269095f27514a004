/**
 * A worker as of `npm run worker` that tells when its jobs begin and end, and has them pass their first block, of which each
 * token has one, once in PACE milliseconds; as fast as they can from SIGUSR2 on.
 */
import { pino } from 'pino';
import { openEngine } from '../../../src/deployment/local-engine.ts';
import { startWorker } from '../../../src/deployment/worker.ts';
import { Gate } from '../../../src/inference/gate.ts';
import { Shares } from '../../../src/jobs/shares.ts';
import { readSettings } from '../../../src/settings.ts';

const settings = readSettings(process.env);
const log = pino({ level: settings.logLevel });
const engine = openEngine(settings, log, new Shares());
let pace = Number(process.env.PACE);
const gates = new Set<Gate>();

process.on('SIGUSR2', () => {
  pace = 0;
  for (const gate of gates) gate.release();
});

const run = engine.run.bind(engine) as (...args: unknown[]) => Promise<unknown>;
const paced = async (...[kind, model, request, options]: Parameters<typeof engine.run>) => {
  const gate = new Gate();
  gates.add(gate);
  console.log(`began ${Date.now()}`);
  if (pace > 0) gate.hold(0);
  const timer = setInterval(() => {
    gate.release();
    if (pace === 0) return clearInterval(timer);
    // Told together with the release, it would let nothing pass.
    setTimeout(() => pace > 0 && gate.hold(0), 3);
  }, pace);
  try {
    return await run(kind, model, request, { ...options, gate });
  } finally {
    clearInterval(timer);
    gates.delete(gate);
    console.log(`ended ${Date.now()}`);
  }
};
engine.run = paced as typeof engine.run;

const worker = await startWorker(settings, log, { engine });
console.log(`Worker ${worker.id} on the database of the bench`);
