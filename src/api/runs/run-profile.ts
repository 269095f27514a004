/** Where the time of a run went, and by what it was answered, in GraphQL. */
import type { Machine, RunProfile as Profile, Provenance } from '../../runs/types.ts';
import { builder } from '../builder.ts';

interface BlockTimes {
  readonly layer: number;
  readonly forward: number;
  readonly back: number | null;
}

/** Blocks of a usual model, for what they cost in a list of runs. */
const usualBlocks = 32;

const BlockProfile = builder.objectRef<BlockTimes>('BlockProfile').implement({
  description: 'The time that one block took, in seconds, without what it waited for its weights.',
  fields: (t) => ({
    layer: t.exposeInt('layer', { description: 'Which block, from 0.' }),
    forward: t.exposeFloat('forward', { description: 'On the way up; of several passes their sum.' }),
    back: t.float({
      nullable: true,
      description: 'On the way back; null where there was none.',
      resolve: ({ back }) => back,
    }),
  }),
});

export const RunProfile = builder.objectRef<Profile>('RunProfile').implement({
  description: 'Where the time of a run went, in seconds. What was added to its answer later is not counted.',
  fields: (t) => ({
    queued: t.exposeFloat('queued', { description: 'In the queue, before it began.' }),
    load: t.exposeFloat('load', {
      description: 'To open the model, and to load what of it was not loaded yet.',
    }),
    run: t.exposeFloat('run', {
      description: 'From there to its answer, without the time that it stood aside for shorter work.',
    }),
    waited: t.exposeFloat('waited', {
      description: 'What of `run` went by while blocks waited for their weights to be read from the disk.',
    }),
    blocks: t.field({
      type: [BlockProfile],
      description:
        'Block by block. Empty where blocks did not run one by one, as in a generation with packed weights, whose steps go through all of them at once.',
      complexity: { field: 1, multiplier: usualBlocks },
      resolve: ({ forward, back }) =>
        Array.from({ length: Math.max(forward.length, back.length) }, (_, layer) => ({
          layer,
          forward: forward[layer] ?? 0,
          back: back[layer] ?? null,
        })),
    }),
    keptBytes: t.exposeFloat('keptBytes', {
      description: 'Bytes that the way up kept for the way back, at the most at one time.',
    }),
    sharedBy: t.exposeInt('sharedBy', {
      description:
        'How many runs were computed together and shared all of this time: the targets of one request, the rows of a batch. 1: it alone.',
    }),
  }),
});

const MachineType = builder.objectRef<Machine>('Machine').implement({
  description: 'A machine that answers.',
  fields: (t) => ({
    processor: t.exposeString('processor', { description: 'Its processor, as it calls itself.' }),
    cores: t.exposeInt('cores', { description: 'How many threads of it the server may use.' }),
    memory: t.exposeFloat('memory', { description: 'Bytes of memory.' }),
    platform: t.exposeString('platform', { description: 'System and architecture, as `linux-x64`.' }),
    onnxruntime: t.exposeString('onnxruntime', {
      description: 'Version of onnxruntime, which multiplies the matrices.',
    }),
  }),
});

export const RunProvenance = builder.objectRef<Provenance>('RunProvenance').implement({
  description: 'By what a run was answered: with the same of all, the same question has the same answer.',
  fields: (t) => ({
    program: t.exposeString('program', { description: 'Version of this program.' }),
    method: t.intList({
      description:
        'Versions of the arithmetic: of the method, of the circulation, or of the generation and the method that explains its tokens.',
      resolve: ({ method }) => (typeof method === 'number' ? [method] : [...method]),
    }),
    machine: t.field({ type: MachineType, description: 'On which machine.', resolve: ({ machine }) => machine }),
  }),
});
