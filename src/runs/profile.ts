/** Where the time of a run went, and by what it was answered: stored beside its answer. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import type { Took } from '../jobs/messages.ts';
import { versionOf } from './content-hash.ts';
import type { Prisma } from './generated/client.ts';
import type { Machine, Question, RunProfile } from './types.ts';

/** This one. */
export const machine: Machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memory: totalmem(),
  platform: `${process.platform}-${process.arch}`,
  onnxruntime: packageJson.dependencies['onnxruntime-node'],
};

const machineJson = JSON.stringify(machine);

/** Of this process, as it is stored with a run that it computes. */
export const computedHere = { programVersion: packageJson.version, machine: machineJson };

/** As it is stored with a run that is computed here and now. */
export function provenanceRow(
  question: Question,
): Pick<Prisma.RunCreateManyInput, 'programVersion' | 'methodVersion' | 'machine'> {
  return {
    ...computedHere,
    methodVersion: JSON.stringify(versionOf(question)),
  };
}

/**
 * @param queued seconds
 * @param sharedBy how many runs the job was for
 */
export function profileOf({ load, run, waited, blocks }: Took, queued: number, sharedBy: number): RunProfile {
  return { queued, load, run, waited, ...blocks, sharedBy };
}
