/** Speed and memory, measured side by side in one run: `npm run bench -- --help`. Prints the tables of docs/speed.md. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { comparison } from './compare.ts';
import type { Figure } from './figure.ts';
import type { Bench, Group } from './group.ts';
import { help, type Options, readOptions } from './options.ts';
import { groups } from './registry.ts';
import { machineText, readResults, resultsOf } from './results.ts';
import { folderOf, type ShapeName, shapes } from './shapes.ts';
import { summary, table } from './table.ts';

const options = orExplain(() => readOptions(process.argv.slice(2)));
if (options.help) console.log(help());
else await bench(options);

async function bench(options: Options): Promise<void> {
  const { compare, json, threads } = options;
  // Found to be wrong before minutes have gone by.
  const before = compare === undefined ? undefined : orExplain(() => readResults(compare));
  const models =
    options.models === undefined ? await mkdtemp(join(tmpdir(), 'tributary-bench-')) : resolve(options.models);
  await mkdir(models, { recursive: true });
  const figures: Figure[] = [];
  console.log(`${machineText(resultsOf([], threads))}; medians of ${options.repetitions}`);
  try {
    for (const [group, shape] of plan(options)) {
      const found = await measured(group, shape, models, options);
      figures.push(...found);
      for (const line of ['', `## ${group.title}: ${shapes[shape].title}`, '', ...table(found)]) console.log(line);
    }
  } finally {
    if (options.models === undefined) await rm(models, { recursive: true });
  }
  const results = resultsOf(figures, threads);
  for (const line of ['', ...summary(figures)]) console.log(line);
  if (before) for (const line of ['', ...comparison(before, results)]) console.log(line);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(results, undefined, 2)}\n`);
}

/** Which groups on which shapes. A group that is named is measured on any shape that is asked for. */
function plan({ only, shapes: asked }: Options): [Group, ShapeName][] {
  const named = only.length > 0;
  return groups
    .filter(({ name, byNameOnly }) => (named ? only.includes(name) : !byNameOnly))
    .flatMap((group) => {
      const own = group.shapes.filter((shape) => asked.length === 0 || asked.includes(shape));
      return (named && asked.length > 0 ? asked : own).map((shape): [Group, ShapeName] => [group, shape]);
    });
}

/** What fails is told as a figure that is missing; the others are measured all the same. */
async function measured(group: Group, shape: ShapeName, models: string, options: Options): Promise<Figure[]> {
  const { repetitions, threads, lengths = group.lengths(shape) } = options;
  const started = performance.now();
  const progress = (what: string) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    process.stderr.write(`${group.name}, ${shape}: ${what} (${seconds} s)\n`);
  };
  const figures: Figure[] = [];
  const of = { group: group.name, shape };
  try {
    progress('begins');
    const folder = await folderOf(shape, models);
    const weights = options.weights ?? shapes[shape].weights;
    const bench: Bench = { shape, folder, lengths, repetitions, threads, weights, progress };
    // Goals are set for the models that a group is for.
    const held = group.shapes.includes(shape);
    for await (const cell of group.measure(bench)) figures.push({ ...of, ...cell, goal: held ? cell.goal : undefined });
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`);
    figures.push({ ...of, row: 'failed', column: '', value: null, unit: 'ms', note: (error as Error).message });
  }
  return figures;
}

function orExplain<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}
