/** Figures of all runs of a group, from what is stored of them. */
import { setImmediate } from 'node:timers/promises';
import { TributaryError } from '../../errors.ts';
import { layText, type TextReader } from '../../explain/groups/laid-text.ts';
import { portionsOf } from '../../portions.ts';
import type { ManyRuns } from '../../runs/many-runs.ts';
import type { RunRecord } from '../../runs/types.ts';
import { slotValue } from '../sweeps/slots.ts';
import { type FigureReader, Lacking, type StoredFigures } from './figure.ts';
import type { Member } from './group.ts';
import { positionsOfText } from './slot-positions.ts';
import { type FinerPart, type StoredAnswer, storedAnswers } from './stored-answer.ts';

/** What reads the tokens of a run; null where its checkpoint is gone. */
export type ReaderOf = (run: RunRecord) => Promise<TextReader | null>;

export interface ReadFigures {
  /** By reader and run, one number a figure; undefined where the run lacks them. [reader][run] */
  readonly values: readonly (readonly (readonly number[] | undefined)[])[];
  /** Why runs lack some figure, by their place; of several figures, why the first. */
  readonly lacking: ReadonlyMap<number, string>;
  /** Why the first run that lacks what a reader reads does so. [reader] */
  readonly reasons: readonly (string | undefined)[];
}

/** Runs whose answers are decoded before others have their turn. */
const together = 50;

/** Numbers of a group that are held at once: 8 bytes each. */
const mostNumbers = 5e6;

/** @throws TributaryError OVER_CAPACITY for more numbers than may be held; the signal's reason once it has aborted */
export async function readFigures(
  members: readonly Member[],
  readers: readonly FigureReader[],
  many: ManyRuns,
  readerOf: ReaderOf,
  signal?: AbortSignal | undefined,
): Promise<ReadFigures> {
  const finer = [...new Set(readers.flatMap(({ part }) => part ?? []))] satisfies FinerPart[];
  const bySlots = readers.some((reader) => reader.bySlots);
  const values = readers.map((): (readonly number[] | undefined)[] => []);
  const lacking = new Map<number, string>();
  const reasons: (string | undefined)[] = readers.map(() => undefined);
  let [place, numbers] = [0, 0];
  for (const batch of portionsOf(members, together)) {
    const runs = batch.map(({ run }) => run);
    const answers = await storedAnswers(many, runs, finer);
    for (const member of batch) {
      const text = bySlots ? await readerOf(member.run) : null;
      const stored = storedFigures(member, answers.get(member.run.id), text);
      for (const [index, reader] of readers.entries()) {
        const read = stored instanceof Lacking ? stored : readOne(reader, stored);
        (values[index] as (readonly number[] | undefined)[]).push(read instanceof Lacking ? undefined : read);
        if (read instanceof Lacking) {
          reasons[index] ??= read.message;
          if (!lacking.has(place)) lacking.set(place, read.message);
        } else numbers += read.length;
      }
      place++;
      if (numbers > mostNumbers) throw tooMany();
    }
    await setImmediate();
    signal?.throwIfAborted();
  }
  return { values, lacking, reasons };
}

function tooMany(): TributaryError {
  return new TributaryError(
    'OVER_CAPACITY',
    `The figures of a group are more than ${mostNumbers} numbers, which is more than is held at once; name fewer figures, or a smaller group`,
  );
}

function readOne(reader: FigureReader, stored: StoredFigures): readonly number[] | Lacking {
  try {
    return reader.read(stored);
  } catch (error) {
    if (error instanceof Lacking) return error;
    throw error;
  }
}

function storedFigures(
  { run, slots }: Member,
  answer: StoredAnswer | undefined,
  reader: TextReader | null,
): StoredFigures | Lacking {
  if (!answer) return new Lacking('nothing of its answer is stored: read it once');
  const { inputIds } = run.question.input;
  return {
    ...answer,
    length: inputIds.length,
    positionsOf(slot) {
      const text = slots ? slotValue(slots, slot) : undefined;
      if (text === undefined) throw new Lacking(`it answers no row of a sweep that has the slot ${slot}`);
      if (!reader) throw new Lacking('its checkpoint is gone or has changed, and its tokens cannot be read');
      const positions = positionsOfText(layText(inputIds, reader), text);
      if (positions.length === 0) throw new Lacking(`what stands in its slot ${slot} is not in its prompt`);
      return positions;
    },
  };
}
