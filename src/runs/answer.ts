/** An attribution's answer as parts, so that what is asked for later is added to what is stored. */
import type { AttributionCompleted } from '../explain/attribution/ledger/step.ts';
import { partOf } from '../explain/attribution/parts.ts';
import type { AttributionResult, AttributionSelection, Grain, Grains } from '../explain/attribution/result.ts';
import type { Part } from './rows.ts';

const summaryPart = 'summary';

/** What of a selection the stored parts do not hold; undefined when they hold all. @param stored name → count */
export function missing(
  selection: AttributionSelection,
  stored: ReadonlyMap<string, number>,
): AttributionSelection | undefined {
  const rest = grainsOf(selection).filter((grain) => (stored.get(partName(grain)) ?? 0) < (selection[grain] ?? 0));
  if (stored.has(summaryPart) && rest.length === 0) return undefined;
  return Object.fromEntries(rest.map((grain) => [grain, selection[grain]]));
}

export function partsOf({ grains, ...summary }: AttributionResult, selection: AttributionSelection): Part[] {
  const finer = grainsOf(selection).flatMap((name) =>
    name in grains ? [{ name: partName(name), count: selection[name] ?? 0, value: grains[name] }] : [],
  );
  return [{ name: summaryPart, count: 0, value: summary }, ...finer];
}

/** The last event of a run with this answer. */
export function completion({ grains, ...summary }: AttributionResult): AttributionCompleted {
  const { 'ledger.PROVISIONAL': provisional } = grains;
  return { type: 'COMPLETED', ...summary, ...(provisional && { scale: provisional.scale }) };
}

/** Under which a part is stored: its key, and from the second on its version. What an earlier version left is not read. */
export function partName(key: string, version: number = partOf(key)?.version ?? 1): string {
  return version === 1 ? key : `${key}@${version}`;
}

/** The parts that a selection needs. */
export function partNames(selection: AttributionSelection): string[] {
  return [summaryPart, ...grainsOf(selection).map((grain) => partName(grain))];
}

/** Puts an answer together; a list of the strongest may be longer than was asked for. */
export function answerOf(
  parts: ReadonlyMap<string, Pick<Part, 'value'>>,
  selection: AttributionSelection,
): AttributionResult {
  const grains = grainsOf(selection).flatMap((name) => {
    const stored = parts.get(partName(name));
    return stored ? [[name, stored.value] as const] : [];
  });
  return {
    ...(parts.get(summaryPart)?.value as Omit<AttributionResult, 'grains'>),
    grains: Object.fromEntries(grains) as Partial<Grains>,
  };
}

/** As `missing` takes them. */
export function countsOf(parts: ReadonlyMap<string, Pick<Part, 'count'>>): Map<string, number> {
  return new Map(Array.from(parts, ([name, { count }]) => [name, count]));
}

function grainsOf(selection: AttributionSelection): Grain[] {
  return (Object.keys(selection) as Grain[]).filter((grain) => (selection[grain] ?? 0) > 0);
}
