/** What a schema breaks of another one, and whether a changelog says so. */
import { type Change, CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

export interface BreakingChange {
  /** As GraphQL writes it: `Token.id`, `Query.run(id:)`, `@defer`. */
  readonly coordinate: string;
  readonly message: string;
}

/** Changes from one schema, as text, to another that can break what was written for the first. */
export async function breakingChanges(released: string, current: string): Promise<BreakingChange[]> {
  const before = buildSchema(released);
  const changes = await diff(before, buildSchema(current));
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map((change) => ({ coordinate: coordinateOf(change), message: change.message }));
}

/** The newest section of a changelog, with its heading: what is coming, as long as it is not released. */
export function newestSection(changelog: string): string {
  const [section = ''] = changelog.match(/^## .*(?:\n(?!## ).*)*/m) ?? [];
  return section;
}

/** Those that a section does not name, in backticks. */
export function unsaid(changes: readonly BreakingChange[], section: string): BreakingChange[] {
  return changes.filter(({ coordinate }) => !section.includes(`\`${coordinate}\``));
}

/** The inspector tells of an argument as `Query.run.id`. */
function coordinateOf({ path = '' }: Change): string {
  const [type = '', field, argument] = path.split('.');
  if (argument !== undefined) return `${type}.${field}(${argument}:)`;
  if (type.startsWith('@') && field !== undefined) return `${type}(${field}:)`;
  return path;
}
