/** Experiments as their rows have them, and lists of them. */
import { type Access, ownedBy } from './access.ts';
import { folded } from './folded.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import type { ExperimentPage } from './page.ts';
import { textStored } from './stored-text.ts';

/** Runs that belong together, under a name. */
export interface ExperimentRecord {
  /** UUID version 7: in the order in which they were made. */
  readonly id: string;
  /** As of a run; no two of an owner have the same name. */
  readonly owner: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly createdAt: Date;
}

/** Every condition that is given holds. */
export interface ExperimentFilter {
  /** What the name contains, in letters of any case. */
  readonly name?: string | null | undefined;
  readonly tag?: string | null | undefined;
}

/** Experiments that are looked through at once. */
const stretch = 500;

export function experimentRecord({ description, tags, ...row }: Prisma.ExperimentGetPayload<object>): ExperimentRecord {
  return { ...row, description: textStored(description), tags: JSON.parse(tags) as string[] };
}

/** Newest first; from the end of the list where the page is inverted, then oldest first. */
export async function listedExperiments(
  { experiment }: Pick<PrismaClient, 'experiment'>,
  { limit, after, before, inverted = false }: ExperimentPage,
  { name, tag }: ExperimentFilter,
  access: Access,
): Promise<ExperimentRecord[]> {
  const isMeant = (record: ExperimentRecord) =>
    (!name || folded(record.name).includes(folded(name))) && (typeof tag !== 'string' || record.tags.includes(tag));
  const take = name || typeof tag === 'string' ? stretch : limit;
  const found: ExperimentRecord[] = [];
  const within = { ...(after !== undefined && { lt: after }), ...(before !== undefined && { gt: before }) };
  for (let left: Prisma.StringFilter = within; ; ) {
    const rows = await experiment.findMany({
      where: { id: left, ...ownedBy(access) },
      orderBy: { id: inverted ? 'asc' : 'desc' },
      take,
    });
    found.push(...rows.map(experimentRecord).filter(isMeant));
    const last = rows.at(-1);
    if (!last || rows.length < take || found.length >= limit) return found.slice(0, limit);
    left = { ...left, ...(inverted ? { gt: last.id } : { lt: last.id }) };
  }
}
