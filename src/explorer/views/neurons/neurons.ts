/** Which neurons are shown, and what is said of them. */
import type { NeuronsQuery } from '../../../client/generated/graphql.ts';
import { rounded, signed } from '../../format/number.ts';
import type { TargetWords } from '../../format/target.ts';
import { quoted, type ShownToken } from '../../format/token.ts';
import { isMeant, ranked } from '../../parts/ranking.ts';
import type { Selection } from '../../state/selection.ts';
import type { Table } from '../../takeaway/takeaway.ts';

type Layers = NonNullable<
  Extract<NonNullable<NeuronsQuery['logitAttribution']>, { __typename: 'LogitAttribution' }>['layers']
>;

export interface NeuronRow {
  readonly layer: number;
  readonly neuron: number;
  readonly position: number;
  readonly activation: number;
  readonly direct: number;
  readonly total: number;
}

/** Of all layers, first to last, strongest first within each. Undefined where no block has an MLP. */
export function neuronRows(layers: Layers): NeuronRow[] | undefined {
  if (layers.every(({ neurons }) => neurons === null)) return undefined;
  return layers.flatMap(({ layer, neurons }) => (neurons ?? []).map((neuron) => ({ layer, ...neuron })));
}

/**
 * The strongest by their total, of all or of what was chosen. Each layer's own strongest are known to the same number, so
 * these are the strongest of all layers; of one position, the strongest of those that are known.
 */
export function strongest(rows: readonly NeuronRow[], most: number, only?: Selection): NeuronRow[] {
  const meant = only ? rows.filter((row) => isMeant(row, only)) : rows;
  return ranked(meant, { of: ({ total }) => total }).slice(0, most);
}

/** `layer 3 #30`. */
export function neuronName({ layer, neuron }: Pick<NeuronRow, 'layer' | 'neuron'>): string {
  return `layer ${layer} #${neuron}`;
}

/** @param shown the strongest first */
export function neuronCaption(
  shown: readonly NeuronRow[],
  tokens: readonly ShownToken[],
  { name, unit }: TargetWords,
): string {
  const [first] = shown;
  if (!first) return '';
  const { layer, neuron, position, activation, total } = first;
  const token = tokens[position];
  const where = token ? `at ${quoted(token)} (position ${position})` : `at position ${position}`;
  const verb = total < 0 ? 'takes most from' : 'brings most to';
  const counts = new Map<number, number>();
  for (const row of shown) counts.set(row.layer, (counts.get(row.layer) ?? 0) + 1);
  const [most] = [...counts].toSorted((one, other) => other[1] - one[1]);
  const spread = counts.size > 1 && most ? ` ${most[1]} of the ${shown.length} shown are in layer ${most[0]}.` : '';
  return `Neuron ${neuron} of layer ${layer} ${verb} ${name}: ${signed(total)} ${unit}, by an activation of ${rounded(activation)} ${where}.${spread}`;
}

export function neuronTable(shown: readonly NeuronRow[], tokens: readonly ShownToken[], unit: string): Table {
  return {
    name: 'neurons',
    columns: ['layer', 'neuron', 'position', 'token', 'activation', `direct (${unit})`, `total (${unit})`],
    rows: shown.map(({ layer, neuron, position, activation, direct, total }) => [
      layer,
      neuron,
      position,
      tokens[position]?.text ?? null,
      activation,
      direct,
      total,
    ]),
  };
}
