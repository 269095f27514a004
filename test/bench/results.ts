/** What a run of the bench has found, as `--json` writes it and `--compare` reads it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { Figure } from './figure.ts';

export interface Results {
  /** ISO 8601. */
  readonly date: string;
  /** Of the code, where it is a repository. */
  readonly commit: string | null;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    /** GB */
    readonly memory: number;
    readonly threads: number;
    readonly node: string;
    readonly onnxruntime: string;
  };
  readonly figures: readonly Figure[];
}

export function resultsOf(figures: readonly Figure[], threads: number): Results {
  return {
    date: new Date().toISOString(),
    commit: commit(),
    machine: {
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memory: Math.round(totalmem() / 1e9),
      threads,
      node: process.version,
      onnxruntime: onnxruntimeVersion(),
    },
    figures,
  };
}

/** @throws Error where the file is no such file */
export function readResults(file: string): Results {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Partial<Results> | null;
  if (!Array.isArray(results?.figures) || !results.machine)
    throw new Error(`${file} was not written by npm run bench -- --json`);
  return results as Results;
}

/** @returns one line */
export function machineText({ machine, commit }: Results): string {
  const { processor, cores, memory, threads, node, onnxruntime } = machine;
  const of = commit ? `, commit ${commit}` : '';
  return `${processor}, ${cores} cores, ${memory} GB, ${threads} threads, node ${node}, onnxruntime ${onnxruntime}${of}`;
}

function onnxruntimeVersion(): string {
  const file = new URL('../../node_modules/onnxruntime-node/package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function commit(): string | null {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}
