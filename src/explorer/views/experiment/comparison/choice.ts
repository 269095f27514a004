/** Which runs are compared with which, in what: as it is chosen, in the address, and as it is asked. */
import type {
  AttributionMethod,
  CompareGroupsInput,
  RunFigureInput,
  RunGroupInput,
  RunPairing,
} from '../../../../client/generated/graphql.ts';
import { methodName, methodNames } from '../../../format/method.ts';

export interface SlotChoice {
  readonly name: string;
  readonly value: string;
}

/** Runs of an experiment; an empty text admits all. */
export interface Group {
  readonly experiment: string;
  readonly method: AttributionMethod | '';
  readonly model: string;
  readonly slots: readonly SlotChoice[];
}

export const pairings: Readonly<Record<RunPairing | '', string>> = {
  '': 'not paired',
  PROMPT: 'pairs of the same prompt',
  SLOTS: 'pairs of the same slots',
  ORDER: 'pairs in the order of runs',
};

export const figureNames = {
  score: 'score',
  heads: 'every head',
  layers: 'every layer',
  head: 'one head',
  token: 'one token',
  rank: 'rank of the target',
  probability: 'probability of the target',
  faithfulness: 'faithfulness',
} as const;
export type FigureName = keyof typeof figureNames;

export interface Figure {
  readonly name: FigureName;
  /** Of one head. */
  readonly layer: number;
  readonly head: number;
  /** Of one token: its position, or the name of the slot that it fills. */
  readonly token: string;
}

export interface Comparison {
  readonly a: Group;
  /** Undefined: zero. */
  readonly b: Group | undefined;
  readonly pairBy: RunPairing | '';
  /** Names of the slots that pairs agree in, with SLOTS. */
  readonly pairSlots: readonly string[];
  readonly figure: Figure;
}

export const score: Figure = { name: 'score', layer: 0, head: 0, token: '' };

export function allOf(experiment: string): Group {
  return { experiment, method: '', model: '', slots: [] };
}

/** At first all runs of an experiment, beside nothing. */
export function firstOf(experiment: string): Comparison {
  return { a: allOf(experiment), b: undefined, pairBy: '', pairSlots: [], figure: score };
}

export function readComparison(query: URLSearchParams): Comparison | undefined {
  const a = readGroup(query.get('a'));
  const pairBy = (query.get('pair') ?? '') as RunPairing | '';
  return (
    a && {
      a,
      b: readGroup(query.get('b')),
      pairBy: Object.hasOwn(pairings, pairBy) ? pairBy : '',
      pairSlots: query.getAll('by'),
      figure: readFigure(query.get('figure') ?? ''),
    }
  );
}

export function writeComparison({ a, b, pairBy, pairSlots, figure }: Comparison): [string, string][] {
  return [
    ['a', writeGroup(a)],
    ['b', b ? writeGroup(b) : ''],
    ['pair', pairBy],
    ...pairSlots.map((slot): [string, string] => ['by', slot]),
    ['figure', writeFigure(figure)],
  ];
}

/** A search within the search: names and values of slots are anything. */
function readGroup(text: string | null): Group | undefined {
  const query = new URLSearchParams(text ?? '');
  const experiment = query.get('experiment');
  const method = query.get('method') as AttributionMethod;
  if (!experiment) return undefined;
  return {
    experiment,
    method: methodNames.includes(method) ? method : '',
    model: query.get('model') ?? '',
    slots: [...query].flatMap(([name, value]) => (name.startsWith('slot.') ? { name: name.slice(5), value } : [])),
  };
}

function writeGroup({ experiment, method, model, slots }: Group): string {
  return String(
    new URLSearchParams([
      ['experiment', experiment],
      ...(method && [['method', method]]),
      ...(model && [['model', model]]),
      ...slots.map(({ name, value }) => [`slot.${name}`, value]),
    ] as [string, string][]),
  );
}

/** `score`, `head:2:3`, `token:name`. */
function readFigure(text: string): Figure {
  const [name = '', ...rest] = text.split(':');
  if (!Object.hasOwn(figureNames, name)) return score;
  const figure = { ...score, name: name as FigureName };
  if (name === 'token') return { ...figure, token: rest.join(':') };
  if (name === 'head') return { ...figure, layer: Number(rest[0]) || 0, head: Number(rest[1]) || 0 };
  return figure;
}

function writeFigure({ name, layer, head, token }: Figure): string {
  if (name === 'token') return `token:${token}`;
  return name === 'head' ? `head:${layer}:${head}` : name;
}

export function comparisonInput({ a, b, pairBy, pairSlots, figure }: Comparison): CompareGroupsInput {
  return {
    a: groupInput(a),
    ...(b && { b: groupInput(b) }),
    ...(b && pairBy && { pairBy }),
    ...(b && pairBy === 'SLOTS' && { pairSlots: [...pairSlots] }),
    figures: [figureInput(figure)],
  };
}

function groupInput({ experiment, method, model, slots }: Group): RunGroupInput {
  return {
    filter: { experiment, ...(method && { methods: [method] }), ...(model && { model }) },
    ...(slots.length > 0 && { slots: [...slots] }),
  };
}

function figureInput({ name, layer, head, token }: Figure): RunFigureInput {
  switch (name) {
    case 'head':
      return { head: { layer, head } };
    case 'token':
      return { token: /^-?\d+$/.test(token) ? { position: Number(token) } : { slot: token } };
    default:
      return { [name]: true } as unknown as RunFigureInput;
  }
}

/** `names, Frozen, a = Mary`; of a whole experiment its name alone. */
function groupName({ experiment, method, model, slots }: Group): string {
  const parts = [method && methodName(method), model, ...slots.map(({ name, value }) => `${name} = ${value}`)].filter(
    Boolean,
  );
  return [experiment, ...parts].join(', ');
}

/** What tells two groups apart: without the experiment where both are of the same. */
export function groupNames({ a, b }: Pick<Comparison, 'a' | 'b'>): readonly [string, string] {
  if (!b) return [groupName(a), 'zero'];
  const prefix = `${a.experiment}, `;
  const names = [groupName(a), groupName(b)] as const;
  const isShort = a.experiment === b.experiment && names.every((name) => name.startsWith(prefix));
  return isShort ? [names[0].slice(prefix.length), names[1].slice(prefix.length)] : names;
}
