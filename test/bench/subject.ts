/** The model that scenarios run, in the process that they are timed in. */
import { realpathSync } from 'node:fs';
import { type ModelFiles, openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import { type BlockGraph, type GrowingGraph, LoadedModel, type SingleGraph } from '../../src/inference/loaded-model.ts';
import type { Weights } from '../../src/onnx/weights.ts';
import { PlainModel, type PlainRows } from './plain.ts';

/** Runs once. A number that it returns is taken for its milliseconds, anything else for none: then it is the whole run. */
export type Scenario = (subject: Subject, ids: readonly number[]) => Promise<unknown>;

export class Subject {
  readonly model: LoadedModel;
  readonly #files: ModelFiles;
  readonly #threads: number;
  readonly #plain = new Map<PlainRows, Promise<PlainModel>>();

  private constructor(files: ModelFiles, threads: number, weights: Weights) {
    this.model = new LoadedModel(files, threads, weights);
    this.#files = files;
    this.#threads = threads;
  }

  static async open(folder: string, threads: number, weights: Weights = 'PACKED'): Promise<Subject> {
    return new Subject(await openModelFiles(realpathSync(folder)), threads, weights);
  }

  /** Those that were prepared before are there still. */
  async prepare(graphs: readonly (BlockGraph | SingleGraph | GrowingGraph)[]): Promise<void> {
    await this.model.prepare(
      graphs,
      () => undefined,
      () => undefined,
    );
  }

  /** The whole model as one graph, with its weights packed in any case: as fast as it can be. */
  plain(rows: PlainRows): Promise<PlainModel> {
    const { tensors, folder } = this.#files;
    const known = this.#plain.get(rows);
    const model = known ?? PlainModel.open(this.model.specification, tensors, { folder, threads: this.#threads, rows });
    this.#plain.set(rows, model);
    return model;
  }

  /** Token ids of a prompt, the same ones for the same length. */
  prompt(length: number): number[] {
    return Array.from({ length }, (_, position) => (position * 7919 + 13) % this.model.specification.vocabularySize);
  }
}
