/** Runs all tests, or those whose files are named: `npm test -- cancelling faults`. Options go to node's test runner. */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';

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
const runner = spawn(process.execPath, ['--test', `--test-timeout=${timeout}`, ...options, ...files], {
  stdio: 'inherit',
});
runner.on('exit', (code, signal) => process.exit(signal ? 1 : code));

function isOption(word: string): boolean {
  return word.startsWith('--');
}
