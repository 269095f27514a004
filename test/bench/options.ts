/** What the bench is asked for on the command line. */

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Weights, weightsKinds } from '../../src/onnx/weights.ts';
import { groupNames, groups } from './registry.ts';
import { type ShapeName, shapeNames, shapes } from './shapes.ts';

export interface Options {
  /** Names of groups; empty: all that are not measured by name only. */
  readonly only: readonly string[];
  /** Empty: those of each group. */
  readonly shapes: readonly ShapeName[];
  /** Undefined: those of each group. */
  readonly lengths: readonly number[] | undefined;
  readonly repetitions: number;
  readonly threads: number;
  /** Undefined: those of each shape. */
  readonly weights: Weights | undefined;
  /** Where checkpoints are made, and stay; undefined: in a temporary folder. */
  readonly models: string | undefined;
  /** A file to be written. */
  readonly json: string | undefined;
  /** A file of before. */
  readonly compare: string | undefined;
  readonly help: boolean;
}

/** @param words as typed @throws Error that says what is wrong */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string', multiple: true },
      shape: { type: 'string', multiple: true },
      lengths: { type: 'string' },
      repetitions: { type: 'string', default: '5' },
      threads: { type: 'string', default: process.env.THREADS || String(availableParallelism()) },
      weights: { type: 'string' },
      models: { type: 'string' },
      json: { type: 'string' },
      compare: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    only: names('--only', values.only, groupNames),
    shapes: names('--shape', values.shape, shapeNames),
    lengths: values.lengths === undefined ? undefined : listOf(values.lengths).map((word) => whole('--lengths', word)),
    repetitions: whole('--repetitions', values.repetitions),
    threads: whole('--threads', values.threads),
    weights: names('--weights', values.weights === undefined ? [] : [values.weights], weightsKinds)[0],
    models: values.models,
    json: values.json,
    compare: values.compare,
    help: values.help,
  };
}

export function help(): string {
  return `Measures speed and memory on this machine, and prints tables with the goals beside them.

npm run bench -- [options]

  --only <groups>       which groups, separated by commas; default: all that are not marked *
  --shape <shapes>      on which models
  --lengths <n,n>       tokens of the prompts
  --repetitions <n>     turns, of which the median counts; default 5
  --threads <n>         of onnxruntime; default: THREADS, or as many as there are cores
  --weights <kind>      LEAN or PACKED, of what is timed with the model in memory; default: as the model would have them
  --models <folder>     where the checkpoints are made and stay; default: a temporary folder
  --json <file>         writes the figures
  --compare <file>      prints the ratios to figures that --json wrote before
  --help

Groups:
${list(groups.map(({ name, title, shapes, byNameOnly }) => [`${name}${byNameOnly ? ' *' : ''}`, `${title} (${shapes.join(', ')})`]))}

Models:
${list(shapeNames.map((name) => [name, shapes[name].title]))}`;
}

function list(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([name, text]) => `  ${name.padEnd(14)} ${text}`).join('\n');
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

function names<Name extends string>(option: string, given: string[] | undefined, known: readonly Name[]): Name[] {
  return (given ?? []).flatMap(listOf).map((word) => {
    const name = known.find((one) => one === word);
    if (!name) throw new Error(`${option}: there is no ${word}; there are ${known.join(', ')}`);
    return name;
  });
}

function whole(option: string, word: string): number {
  const value = Number(word);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option}: ${word} is no whole number from 1 on`);
  return value;
}
