/**
 * Fills the tables in `docs/` that follow from the code: what stands between `<!-- methods -->` and `<!-- /methods -->` is
 * written anew from the registry of methods, and so on. With `--check` nothing is written; it ends with status 1 where a
 * page is out of step.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { architectures } from '../architecture/registry.ts';
import { failures, refusals, runEnds } from '../errors.ts';
import { grains } from '../explain/attribution/grains/registry.ts';
import { methods } from '../explain/attribution/methods/registry.ts';
import type { Part } from '../explain/attribution/part.ts';
import { studies } from '../explain/attribution/studies/registry.ts';
import { openMetrics } from '../server/metrics/metrics.ts';
import { settingGroups } from '../settings.ts';

const folder = fileURLToPath(new URL('../../docs/', import.meta.url));

/** Defaults that are the machine's, in words: a table is the same wherever it is written. */
const ofTheMachine: Readonly<Record<string, string>> = {
  THREADS: 'all cores',
  MAX_MODEL_MEMORY: "half of the machine's",
};

const tables: Readonly<Record<string, () => string>> = {
  methods: () =>
    table(
      ['method', 'what it does', 'options'],
      methods.map((method) => [code(method.name), method.description, optionsOf(method)]),
    ),
  grains: () => table(['grain', 'what it is'], grains.map(partRow)),
  studies: () => table(['study', 'what it is'], studies.map(partRow)),
  families: () =>
    table(
      ['family', '`model_type`', 'what it is'],
      architectures.map(({ name, modelTypes }) => [code(name), modelTypes.map(code).join(', '), declarationOf(name)]),
    ),
  settings: () =>
    settingGroups()
      .map(({ title, settings }) => {
        const rows = settings.map(({ name, description, standard }) => [
          code(name),
          ofTheMachine[name] ?? standard,
          description,
        ]);
        return `## ${title}\n\n${table(['variable', 'default', ''], rows)}`;
      })
      .join('\n\n'),
  metrics: () =>
    table(
      ['metric', 'type', 'what it is'],
      ownMetrics().map(({ name, type, help }) => [code(name), type, help]),
    ),
  errors: () =>
    table(
      ['code', 'where', 'when'],
      [
        ...Object.entries(failures).map(([error, { type, description }]) => [code(error), code(type), description]),
        ...Object.entries(runEnds).map(([error, { description }]) => [code(error), code('RunError'), description]),
        ...Object.entries(refusals).map(([error, { description }]) => [code(error), code('extensions'), description]),
      ],
    ),
};

const stale = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .filter((name) => {
    const text = readFileSync(`${folder}${name}`, 'utf8');
    const filled = text.replace(/(<!-- (\w+) -->\n)[\s\S]*?(<!-- \/\2 -->)/g, (_, begin, region, end) => {
      const write = tables[region];
      if (!write) throw new Error(`docs/${name} has a region ${region}, of which nothing is known`);
      return `${begin}\n${write()}\n\n${end}`;
    });
    if (filled === text) return false;
    if (!process.argv.includes('--check')) writeFileSync(`${folder}${name}`, filled);
    return true;
  });

if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`Out of step with the code: ${stale.map((name) => `docs/${name}`).join(', ')}; run npm run generate`);
  process.exitCode = 1;
}

/** Without those that every program on Node has. */
function ownMetrics() {
  const metrics = openMetrics({ engine: {}, size: () => Promise.reject(new Error('There is no store')) });
  return metrics.described.filter(({ name }) => name.startsWith('tributary_'));
}

function partRow({ name, description }: Part): string[] {
  return [code(name), description];
}

function optionsOf({ options }: { readonly options?: object }): string {
  return Object.entries(options ?? {})
    .map(([name, value]) => `${code(name)}: ${value ?? 'none'}`)
    .join('; ');
}

/** The first comment of a family's file. */
function declarationOf(name: string): string {
  const file = new URL(`../architecture/families/${name.toLowerCase().replaceAll('_', '-')}.ts`, import.meta.url);
  const [, comment = ''] = readFileSync(file, 'utf8').match(/^\/\*\*([\s\S]*?)\*\//) ?? [];
  return comment.replace(/\s*\n \* ?/g, ' ').trim();
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('*', '\\*');
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
