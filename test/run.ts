/** Runs all tests, or those whose files are named: `npm test -- cancelling faults`. Options go to node's test runner. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { offerPostgres } from './support/postgres/shared.ts';

/** Milliseconds for one test. */
const timeout = 300_000;

const all = globSync(['src/**/*.test.ts', 'test/**/*.test.ts']).sort();
const [options, names] = [
  process.argv.slice(2).filter(isOption),
  process.argv.slice(2).filter((word) => !isOption(word)),
];
const unknown = names.filter((name) => !all.some((file) => file.includes(name)));
if (unknown.length > 0) {
  console.error(`No test file has ${unknown.join(', ')} in its path`);
  process.exit(1);
}
const files = names.length > 0 ? all.filter((file) => names.some((name) => file.includes(name))) : all;
const postgres = await offerPostgres();
const runner = spawn(process.execPath, ['--test', `--test-timeout=${timeout}`, ...options, ...files], {
  stdio: 'inherit',
  env: { ...process.env, ...postgres.variables },
});
// Ctrl-C reaches the runner too; this process waits for it, and then takes PostgreSQL along.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal));
const [code] = await once(runner, 'exit');
await postgres[Symbol.asyncDispose]();
process.exit(code ?? 1);

function isOption(word: string): boolean {
  return word.startsWith('--');
}
