/** Runs the test files of a phase by node's test runner. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { Counts } from './counts.ts';
import type { Phase } from './phases.ts';
import { together } from './together.ts';

/** Milliseconds for one test. */
const timeout = 300_000;

export interface Outcome {
  readonly phase: Phase;
  readonly seconds: number;
  /** Of the runner; 0 where all is well. */
  readonly code: number;
  /** By a signal, as of Ctrl-C. */
  readonly interrupted: boolean;
  /** Undefined where the runner did not come to its end. */
  readonly counts: Counts | undefined;
}

/** @param options of node's test runner, which go before ours */
export async function runPhase(
  phase: Phase,
  options: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Outcome> {
  await using folder = await temporaryFolder();
  const report = join(folder.path, 'counts.json');
  const began = performance.now();
  const words = [
    '--test',
    `--test-timeout=${timeout}`,
    `--test-concurrency=${phase.concurrency}`,
    ...reported(options),
    ...['--test-reporter=./test/runner/counts.ts', `--test-reporter-destination=${report}`],
    ...(await together(phase.files, folder.path)),
  ];
  const runner = spawn(process.execPath, words, { stdio: 'inherit', env: environment });
  let interrupted = false;
  // Ctrl-C reaches the runner too; this process waits for it, and then takes PostgreSQL along.
  const interrupt = (signal: NodeJS.Signals) => {
    interrupted = true;
    runner.kill(signal);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const [code] = (await once(runner, 'exit')) as [number | null];
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  const counts = await readFile(report, 'utf8').then(
    (text) => (text === '' ? undefined : (JSON.parse(text) as Counts)),
    () => undefined,
  );
  return { phase, seconds: (performance.now() - began) / 1000, code: code ?? 1, interrupted, counts };
}

/** With the reporter that is the runner's own choice, which it does not add to others. */
function reported(options: readonly string[]): readonly string[] {
  const reporters = options.filter((option) => option.startsWith('--test-reporter='));
  const destinations = options.filter((option) => option.startsWith('--test-reporter-destination='));
  if (reporters.length === 0) return [...options, '--test-reporter=spec', '--test-reporter-destination=stdout'];
  return destinations.length === 0 ? [...options, '--test-reporter-destination=stdout'] : options;
}
