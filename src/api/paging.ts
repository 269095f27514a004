/**
 * Lists in pages, by one rule for all of them: `first` counts from the beginning or from behind `after`, `last` from the
 * end or from before `before`. What is out of bounds, and a cursor that is none, is an error of that list alone, and never
 * another page.
 */
import type { GraphQLError } from 'graphql';
import { inputError, outOfBounds } from '../errors.ts';
import { asGraphQLError } from './graphql-error.ts';

/** The arguments of a list. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
}

/** What is to be read of a list. */
export interface Page<Place> {
  readonly limit: number;
  readonly after?: Place | undefined;
  readonly before?: Place | undefined;
  /** From the end: the last one comes first. */
  readonly inverted: boolean;
}

/** How a list is cut into pages. */
export interface Paging<Item, Place> extends PageSizes {
  readonly cursorOf: (item: Item) => string;
  /** Where a cursor points to, whether or not it is there any more; undefined for a text that is no cursor of this list. */
  readonly placeOf: (cursor: string) => Place | undefined;
}

/** Items of a page. */
export interface PageSizes {
  /** Where a client does not say. */
  readonly usual: number;
  readonly most: number;
}

export const pageSizes: PageSizes = { usual: 20, most: 100 };
/** Of events: more than a run through any usual model tells. */
export const eventPageSizes: PageSizes = { usual: 200, most: 200 };

/** What a page costs: its items, as many as are asked for. */
export function pageComplexity({ first, last }: PageArguments, { usual, most } = pageSizes) {
  return { field: 1, multiplier: Math.min(Math.max(first ?? last ?? usual, 1), most) };
}

/** @throws GraphQLError with the code INPUT when the arguments name no page */
export function pageOf<Item, Place>(
  { first, last, after, before }: PageArguments,
  { usual, most, placeOf }: Omit<Paging<Item, Place>, 'cursorOf'>,
): Page<Place> {
  const place = (name: string, cursor: string | null | undefined): Place | undefined => {
    if (typeof cursor !== 'string') return undefined;
    const found = placeOf(cursor);
    if (found !== undefined) return found;
    throw badPage(
      name,
      `\`${name}: ${JSON.stringify(shortened(cursor))}\` is no cursor of this list; take a \`cursor\` of its edges, or \`startCursor\` or \`endCursor\` of its \`pageInfo\``,
    );
  };
  for (const [name, count] of [
    ['first', first],
    ['last', last],
  ] as const) {
    const wrong = typeof count === 'number' ? outOfBounds(name, count, 0, most) : undefined;
    if (wrong) throw asGraphQLError(wrong);
  }
  const counted = [first, last].filter((count) => typeof count === 'number');
  if (counted.length > 1) throw badPage('last', 'A page is its `first` or its `last` items; give one of the two');
  return {
    limit: counted[0] ?? usual,
    after: place('after', after),
    before: place('before', before),
    inverted:
      typeof last === 'number' ||
      (typeof first !== 'number' && typeof before === 'string' && typeof after !== 'string'),
  };
}

/**
 * A page as a Relay connection.
 * @param items in the order of the list or, where the page is inverted, from its end
 * @param more whether there are items behind them that the page has no room for
 */
export function connectionOf<Item, Place>(
  { after, before, inverted }: Page<Place>,
  { cursorOf }: Pick<Paging<Item, Place>, 'cursorOf'>,
  items: readonly Item[],
  more: boolean,
) {
  const edges = (inverted ? items.toReversed() : items).map((node) => ({ cursor: cursorOf(node), node }));
  return {
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: inverted ? before !== undefined : more,
      hasPreviousPage: inverted ? more : after !== undefined,
    },
  };
}

/** The same of a list that is read one item further than it is shown. @param read gives up to `limit` items */
export async function connectionTo<Item, Place>(
  page: Page<Place>,
  paging: Pick<Paging<Item, Place>, 'cursorOf'>,
  read: (page: Page<Place>) => Promise<readonly Item[]> | readonly Item[],
) {
  const items = await read({ ...page, limit: page.limit + 1 });
  return connectionOf(page, paging, items.slice(0, page.limit), items.length > page.limit);
}

/** A page of a list that is there as a whole. @param compare an item with a place: negative before it, 0 at it */
export function readFrom<Item, Place>(
  items: readonly Item[],
  compare: (item: Item, place: Place) => number,
): (page: Page<Place>) => Item[] {
  return ({ limit, after, before, inverted }) => {
    const within = items.filter(
      (item) =>
        (after === undefined || compare(item, after) > 0) && (before === undefined || compare(item, before) < 0),
    );
    return (inverted ? within.reverse() : within).slice(0, limit);
  };
}

function badPage(argument: string, message: string): GraphQLError {
  return asGraphQLError(inputError(argument, message));
}

/** A cursor that is quoted back may be anything. */
function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
