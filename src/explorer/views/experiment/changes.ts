/** What is done with experiments and their runs: each says why it could not be. */
import {
  AddRunsToExperimentDocument,
  CreateExperimentDocument,
  DeleteExperimentDocument,
  RemoveRunsFromExperimentDocument,
  UpdateExperimentDocument,
  UpdateRunDocument,
} from '../../../client/generated/graphql.ts';
import { type Problem, problemIn, problemOf } from '../../state/problem.ts';
import { server } from '../../state/server.ts';

/** What people say of an experiment. */
export interface Described {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
}

/** @returns why not; undefined where it was done */
export type Done = Promise<Problem | undefined>;

export function createExperiment(input: Described): Done {
  return done(async () => (await server.request(CreateExperimentDocument, { input: inputOf(input) })).createExperiment);
}

export function updateExperiment(id: string, input: Described): Done {
  return done(
    async () => (await server.request(UpdateExperimentDocument, { input: { id, ...inputOf(input) } })).updateExperiment,
  );
}

/** Its runs stay. */
export function deleteExperiment(id: string): Done {
  return done(async () => (await server.request(DeleteExperimentDocument, { id })).deleteExperiment);
}

/** Puts a run back that was taken out. */
export function addRun(id: string, run: string): Done {
  return done(
    async () => (await server.request(AddRunsToExperimentDocument, { input: { id, runs: [run] } })).addRunsToExperiment,
  );
}

/** The run itself stays. */
export function removeRun(id: string, run: string): Done {
  return done(
    async () =>
      (await server.request(RemoveRunsFromExperimentDocument, { input: { id, runs: [run] } })).removeRunsFromExperiment,
  );
}

export function updateRun(id: string, change: { readonly pinned?: boolean; readonly note?: string }): Done {
  return done(async () => (await server.request(UpdateRunDocument, { input: { id, ...change } })).updateRun);
}

function inputOf({ tags, ...input }: Described) {
  return { ...input, tags: [...tags] };
}

async function done(change: () => Promise<object>): Done {
  try {
    return problemIn(await change());
  } catch (thrown) {
    return problemOf(thrown);
  }
}
