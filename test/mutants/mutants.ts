/**
 * Puts small faults into source files, one at a time, and tells which of them no test finds: `npm run mutants -- --help`.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { tableText } from '../../src/cli/models/text.ts';
import { testsOf } from './imports.ts';
import { type Mutation, mutate, mutationsOf } from './mutations.ts';
import { filesOfTree, Tree } from './tree.ts';

interface Options {
  readonly sample?: number;
  readonly seed: number;
  readonly nearest: number;
  readonly tests?: readonly string[];
}

interface Mutant {
  readonly file: string;
  readonly source: string;
  readonly mutation: Mutation;
}

const fates = ['KILLED', 'BY TYPES', 'TIMED OUT', 'SURVIVED'] as const;
type Fate = (typeof fates)[number];

interface Outcome extends Mutant {
  readonly fate: Fate;
}

/** What becomes of each mutant, one after the other. @throws Error when there are none, or a test fails without any */
async function* outcomes(
  paths: readonly string[],
  { sample, seed, nearest, tests }: Options,
  signal: AbortSignal,
): AsyncGenerator<Outcome> {
  const files = filesOfTree();
  const sources = new Map(files.filter(isSource).map((file) => [file, readFileSync(file, 'utf8')]));
  const mutants = drawn(
    [...sources].flatMap(([file, source]) => mutantsOf(file, source, paths)),
    sample,
    seed,
  );
  if (mutants.length === 0) throw new Error(`there is nothing to change in ${paths.join(', ')}`);

  using tree = new Tree(files);
  const limits = new Map<string, number>();
  const limitOf = async (test: string) => {
    const known = limits.get(test);
    if (known !== undefined) return known;
    const began = performance.now();
    const verdict = await tree.test(test, { limit: longest, signal });
    if (verdict !== 'PASSED') throw new Error(`${test} fails though nothing was changed`);
    const limit = 10_000 + 3 * (performance.now() - began);
    limits.set(test, limit);
    return limit;
  };
  /** By test, the count of mutants when it killed last: the best guess which one kills the next. */
  const kills = new Map<string, number>();
  const fateOf = async ({ file, source, mutation }: Mutant, count: number): Promise<Fate> => {
    const belonging = tests ?? testsOf(file, sources).slice(0, nearest);
    for (const test of belonging) await limitOf(test);
    try {
      tree.write(file, mutate(source, mutation));
      for (const test of belonging.toSorted((a, b) => (kills.get(b) ?? 0) - (kills.get(a) ?? 0))) {
        const verdict = await tree.test(test, { limit: await limitOf(test), signal });
        if (verdict === 'PASSED') continue;
        kills.set(test, count);
        return verdict === 'FAILED' ? 'KILLED' : 'TIMED OUT';
      }
      const typed = files.includes('tsconfig.json');
      return typed && !(await tree.typesFit(signal)) ? 'BY TYPES' : 'SURVIVED';
    } finally {
      tree.write(file, source);
    }
  };
  let count = 0;
  for (const mutant of mutants) yield { ...mutant, fate: await fateOf(mutant, ++count) };
}

/** The longest that a test file may take while nothing is changed. */
const longest = 1_800_000;

function isSource(file: string): boolean {
  return file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.includes('/generated/');
}

function mutantsOf(file: string, source: string, paths: readonly string[]): Mutant[] {
  if (file.endsWith('.test.ts')) return [];
  const whole = paths.some((path) => path === file || file.startsWith(`${path}/`));
  const mutations = whole || paths.some((path) => path.startsWith(`${file}:`)) ? mutationsOf(source) : [];
  return mutations
    .filter(({ line }) => whole || paths.includes(`${file}:${line}`))
    .map((mutation) => ({ file, source, mutation }));
}

/** As many as wanted, in their order: the same ones for the same seed, whatever else there is to draw from. */
function drawn(mutants: readonly Mutant[], sample: number | undefined, seed: number): readonly Mutant[] {
  const lot = ({ file, mutation: { start, end, replacement } }: Mutant) =>
    createHash('sha256').update([seed, file, start, end, replacement].join(' ')).digest('hex');
  const lots = new Map(mutants.map((mutant) => [mutant, lot(mutant)]));
  const chosen = new Set(
    mutants.toSorted((a, b) => ((lots.get(a) ?? '') < (lots.get(b) ?? '') ? -1 : 1)).slice(0, sample),
  );
  return mutants.filter((mutant) => chosen.has(mutant));
}

/** Lines that change, as they were and as they are. */
function differenceText({ file, source, mutation }: Mutant): string {
  const { start, end, line, replacement } = mutation;
  const from = source.lastIndexOf('\n', start - 1) + 1;
  const to = source.indexOf('\n', end) < 0 ? source.length : source.indexOf('\n', end);
  const short = (text: string) => {
    const flat = text.replaceAll(/\s+/g, ' ').trim();
    return flat.length > 150 ? `${flat.slice(0, 149)}…` : flat;
  };
  const after = source.slice(from, start) + replacement + source.slice(end, to);
  return `${file}:${line}\n  - ${short(source.slice(from, to))}\n  + ${short(after)}`;
}

function reportText(found: readonly Outcome[]): string {
  const row = (name: string, of: readonly Outcome[]) => [
    name,
    String(of.length),
    ...fates.map((fate) => String(of.filter((outcome) => outcome.fate === fate).length)),
  ];
  const files = Map.groupBy(found, ({ file }) => file);
  return tableText([
    ['FILE', 'MUTANTS', ...fates],
    ...Array.from(files, ([file, of]) => row(file, of)),
    row('all', found),
  ]);
}

function natural(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('it must be a whole number.');
}

await new Command('npm run mutants --')
  .description(
    [
      'Puts small faults into source files, one at a time, and runs the tests that belong to each file: a comparison, sign or condition turned round, a call, block or await left out, 0 for 1. A mutant that no test notices shows a hole in the tests, or code that does nothing. It happens in a copy of the working tree; the tree itself is never changed.',
      "A file's tests are its own (name.test.ts beside it), then those that reach it by the fewest imports. A mutant that passes them is put to the type checker last. What survives is printed, then a table.",
    ].join('\n\n'),
  )
  .argument('<paths...>', 'source files, folders, or one line of a file (src/errors.ts:12)')
  .option('--sample <count>', 'as many mutants of all, drawn at random', natural)
  .option('--seed <number>', 'another draw', natural, 1)
  .option('--nearest <count>', 'test files for each source file', natural, 6)
  .option('--tests <files...>', 'these test files instead')
  .addHelpText(
    'after',
    `
Examples:
  npm run mutants -- src/runs/store.ts
  npm run mutants -- src/explain/attribution --sample 40 --tests test/methods.test.ts test/families.test.ts`,
  )
  .action(async (paths: string[], options: Options) => {
    const ending = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM'] as const)
      process.once(name, () => ending.abort(new Error('stopped; this is what was found before')));
    const found: Outcome[] = [];
    try {
      for await (const outcome of outcomes(paths.map(withoutSlash), options, ending.signal)) {
        found.push(outcome);
        if (outcome.fate === 'SURVIVED') console.log(`${differenceText(outcome)}\n`);
      }
    } catch (error) {
      console.error((error as Error).message);
      process.exitCode = 1;
    }
    if (found.length > 0) console.log(reportText(found));
  })
  .parseAsync();

function withoutSlash(path: string): string {
  return path.replace(/^\.\//, '').replace(/\/+$/, '');
}
