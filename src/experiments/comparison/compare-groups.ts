/** Two groups of runs, or one against zero, by figures that are stored of them. */
import { inputError, TributaryError } from '../../errors.ts';
import type { OwnRuns } from '../../runs/own-runs.ts';
import { compareSamples, drawnFor, type SampleComparison } from '../statistics/compare-samples.ts';
import { holm } from '../statistics/holm.ts';
import type { Resampling } from '../statistics/samples.ts';
import { figureReader } from './figure.ts';
import { type GroupRequest, groupOf } from './group.ts';
import { type GroupsRequest, requireSound } from './groups-request.ts';
import { type Group, type Matched, matched } from './matched.ts';
import { type MissingRuns, missingRuns } from './missing-runs.ts';
import { requireOneUnit } from './one-unit.ts';
import { paired } from './pairing.ts';
import { type ReaderOf, readFigures } from './read-figures.ts';

/** Numbers that are drawn for one answer: half a minute of a processor. */
export const mostDrawn = 1e10;

export interface FigureComparison extends SampleComparison, Omit<Matched, 'samples'> {
  /** By Holm's method, over all comparisons of the answer. */
  readonly adjustedPValue: number;
}

export interface GroupComparison {
  readonly countOfA: number;
  /** Null: `a` against zero. */
  readonly countOfB: number | null;
  /** Null where runs are not paired. */
  readonly pairs: number | null;
  readonly missing: readonly MissingRuns[];
  readonly figures: readonly FigureComparison[];
}

/**
 * @throws TributaryError INPUT, UNKNOWN_RUN; RUN_STATE where runs are not of one unit, or a figure is none's; OVER_CAPACITY
 * where it would take more than one answer may
 */
export async function compareGroups(
  request: GroupsRequest,
  service: Pick<OwnRuns, 'list' | 'many' | 'sweeps'>,
  readerOf: ReaderOf,
): Promise<GroupComparison> {
  requireSound(request);
  const { pair, resampling } = request;
  const readers = request.figures.map(figureReader);
  const bySlots = pair?.by === 'SLOTS' || readers.some((reader) => reader.bySlots);
  const membersOf = async (field: string, group: GroupRequest) => {
    const members = await groupOf(field, group, service, bySlots);
    if (members.length > 0) return members;
    throw inputError(field, `\`${field}\` admits no completed run; the query \`runs\` shows what a filter admits`);
  };
  const read = async (members: Group['members']): Promise<Group> => ({
    members,
    read: await readFigures(members, readers, service.many, readerOf, resampling.signal),
  });
  const membersOfA = await membersOf('input.a', request.a);
  const membersOfB = request.b && (await membersOf('input.b', request.b));
  requireOneUnit([...membersOfA, ...(membersOfB ?? [])].map(({ run }) => run));
  const a = await read(membersOfA);
  const b = membersOfB && (await read(membersOfB));
  const pairs = b && pair ? paired(a.members, b.members, pair) : null;
  return {
    countOfA: membersOfA.length,
    countOfB: membersOfB?.length ?? null,
    pairs: pairs?.pairs.length ?? null,
    missing: missingRuns(a.read.lacking, b?.read.lacking ?? new Map(), pairs),
    figures: await compared(matched(readers, a, b, pairs?.pairs ?? null), resampling),
  };
}

async function compared(figures: readonly Matched[], resampling: Resampling): Promise<FigureComparison[]> {
  const drawn = figures.reduce((sum, { samples }) => sum + drawnFor(samples, resampling), 0);
  if (drawn > mostDrawn) {
    throw new TributaryError(
      'OVER_CAPACITY',
      `${figures.length} comparisons of these groups by ${resampling.resamples} resamples draw ${drawn.toPrecision(2)} numbers; one answer may draw ${mostDrawn.toPrecision(2)}. Take fewer resamples, figures or runs`,
    );
  }
  const results: SampleComparison[] = [];
  for (const { samples } of figures) results.push(await compareSamples(samples, resampling));
  const adjusted = holm(results.map(({ pValue }) => pValue));
  return figures.map(({ samples: _, ...figure }, index) => ({
    ...figure,
    ...(results[index] as SampleComparison),
    adjustedPValue: adjusted[index] as number,
  }));
}
