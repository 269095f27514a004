/** An attribution's answer as parts, so that what is asked for later is added to what is stored. */
import type { AttributionResult, AttributionSelection } from '../attribution/result.ts';
import type { Part } from './store.ts';

type Summary = Pick<AttributionResult, 'target' | 'tokens' | 'positions' | 'bias' | 'audit' | 'embedding'>;

/** What of a selection the stored parts do not hold; undefined when they hold all. */
export function missing(
  selection: AttributionSelection,
  stored: ReadonlyMap<string, number>,
): AttributionSelection | undefined {
  const lacks = (name: keyof AttributionSelection, count: number) => ((stored.get(name) ?? 0) < count ? count : 0);
  const rest = {
    layers: selection.layers && !stored.has('layers'),
    sources: selection.sources && !stored.has('sources'),
    neurons: lacks('neurons', selection.neurons),
    edges: lacks('edges', selection.edges),
  };
  const complete = stored.has('summary') && !rest.layers && !rest.sources && rest.neurons === 0 && rest.edges === 0;
  return complete ? undefined : rest;
}

export function partsOf(result: AttributionResult, selection: AttributionSelection): Part[] {
  const { target, tokens, positions, bias, audit, embedding, layers, sources, neurons, edges } = result;
  const summary: Summary = { target, tokens, positions, bias, audit, embedding };
  return [
    { name: 'summary', count: 0, value: summary },
    ...(selection.layers ? [{ name: 'layers', count: 0, value: layers }] : []),
    ...(selection.sources ? [{ name: 'sources', count: 0, value: sources }] : []),
    ...(selection.neurons > 0 ? [{ name: 'neurons', count: selection.neurons, value: neurons }] : []),
    ...(selection.edges > 0 ? [{ name: 'edges', count: selection.edges, value: edges }] : []),
  ];
}

/** The parts that a selection needs. */
export function partNames(selection: AttributionSelection): string[] {
  const finer = (['layers', 'sources', 'neurons', 'edges'] as const).filter((name) => Number(selection[name]) > 0);
  return ['summary', ...finer];
}

/** Puts an answer together; of the lists of the strongest as many as were asked for. */
export function answerOf(parts: ReadonlyMap<string, unknown>, selection: AttributionSelection): AttributionResult {
  const part = <Name extends 'layers' | 'sources' | 'neurons' | 'edges'>(name: Name) =>
    (selection[name] ? (parts.get(name) ?? []) : []) as AttributionResult[Name];
  return {
    ...(parts.get('summary') as Summary),
    layers: part('layers'),
    sources: part('sources'),
    neurons: part('neurons').map((strongest) => strongest.slice(0, selection.neurons)),
    edges: part('edges').slice(0, selection.edges),
  };
}
