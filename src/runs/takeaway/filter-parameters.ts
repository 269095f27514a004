/** A filter of runs by words, as in an address or on a command line: the same names and meaning as those of `RunFilter`. */
import { inputError, type TributaryError } from '../../errors.ts';
import { attributionMethods } from '../../explain/attribution/methods/registry.ts';
import type { RunFilter } from '../run-filter.ts';
import { runKinds, runStatuses } from '../types.ts';

export interface FilterParameter {
  readonly name: string;
  /** What stands for its value, for people. */
  readonly value: string;
  readonly description: string;
  /** It may be given several times: one of its values holds. */
  readonly many: boolean;
  /** @param values at least one @throws TributaryError INPUT */
  readonly read: (values: readonly string[]) => RunFilter;
}

/** Characters of a text that prompts are searched for. */
const longestSought = 1000;

export const filterParameters: readonly FilterParameter[] = [
  single('experiment', 'name', 'of this experiment', (experiment) => ({ experiment })),
  chosen('kind', runKinds, 'of this kind', (kinds) => ({ kinds })),
  chosen('status', runStatuses, 'of this status', (statuses) => ({ statuses })),
  single('model', 'name', 'of the model that had this name then', (model) => ({ model })),
  chosen('method', attributionMethods, 'by this method', (methods) => ({ methods })),
  single('prompt', 'text', 'whose prompt contains this text, in letters of any case', (prompt) => {
    if (prompt.length > longestSought)
      throw wrong('prompt', `has ${prompt.length} characters; at most ${longestSought} are looked for`);
    return { prompt };
  }),
  single('createdAfter', 'time', 'asked for at this time or later', (text) => ({
    createdAfter: timeIn('createdAfter', text),
  })),
  single('createdBefore', 'time', 'asked for before this time', (text) => ({
    createdBefore: timeIn('createdBefore', text),
  })),
  single('pinned', 'true|false', 'that are pinned, or that are not', (text) => {
    if (text !== 'true' && text !== 'false') throw wrong('pinned', `is true or false, not ${JSON.stringify(text)}`);
    return { pinned: text === 'true' };
  }),
  single('owner', 'name', 'of this owner, where the server asks who one is', (owner) => ({
    owner,
    experimentOwner: owner,
  })),
];

/**
 * @param given the values of each name that was given
 * @throws TributaryError INPUT for a name or a value that is none, with those that there are
 */
export function filterFrom(given: ReadonlyMap<string, readonly string[]>): RunFilter {
  const filters = Array.from(given, ([name, values]) => {
    const parameter = filterParameters.find((one) => one.name === name);
    if (!parameter) {
      const known = filterParameters.map((one) => one.name).join(', ');
      throw inputError(name, `Runs are not chosen by ${JSON.stringify(name)}, but by ${known}`);
    }
    if (values.length > 1 && !parameter.many) throw wrong(name, 'is given more than once');
    return parameter.read(values);
  });
  return Object.assign({}, ...filters) as RunFilter;
}

function single(name: string, value: string, description: string, read: (value: string) => RunFilter): FilterParameter {
  return { name, value, description, many: false, read: ([first = '']) => read(first) };
}

/** In letters of any case. */
function chosen<Value extends string>(
  name: string,
  all: readonly Value[],
  description: string,
  read: (values: Value[]) => RunFilter,
): FilterParameter {
  const valueIn = (text: string) => {
    const value = all.find((one) => one === text.toUpperCase());
    if (!value) throw wrong(name, `is one of ${all.join(', ')}, not ${JSON.stringify(text)}`);
    return value;
  };
  return {
    name,
    value: name,
    description: `${description}: ${all.join(', ')}`,
    many: true,
    read: (values) => read(values.map(valueIn)),
  };
}

function timeIn(name: string, text: string): Date {
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const time = new Date(text);
  if (isTime && !Number.isNaN(time.getTime())) return time;
  throw wrong(
    name,
    `is a day or a time with its zone, as 2026-11-30 or 2026-11-30T18:30:00Z, not ${JSON.stringify(text)}`,
  );
}

function wrong(name: string, what: string): TributaryError {
  return inputError(name, `\`${name}\` ${what}`);
}
