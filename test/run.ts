/** Runs all tests, or those whose files are named: `npm test -- cancelling faults`. Options go to node's test runner. */
import { globSync } from 'node:fs';
import { compiledFolder } from './runner/compiled.ts';
import { type Outcome, runPhase } from './runner/phase.ts';
import { phasesOf } from './runner/phases.ts';
import { summaryOf } from './runner/summary.ts';
import { offerPostgres } from './support/postgres/shared.ts';

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
// Of hundreds of processes, each would compile the same sources.
const environment = { ...process.env, ...postgres.variables, NODE_COMPILE_CACHE: compiledFolder };
const outcomes: Outcome[] = [];
for (const phase of phasesOf(files)) {
  const outcome = await runPhase(phase, options, environment);
  outcomes.push(outcome);
  if (outcome.interrupted) break;
}
await postgres[Symbol.asyncDispose]();
if (outcomes.length > 1) console.log(summaryOf(outcomes));
process.exit(outcomes.find(({ code }) => code !== 0)?.code ?? 0);

function isOption(word: string): boolean {
  return word.startsWith('--');
}
