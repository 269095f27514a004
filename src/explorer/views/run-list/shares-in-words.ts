/** What of the shares of whoever asks is in use, in words. */
import type { MeQuery } from '../../../client/generated/graphql.ts';
import { bytes } from '../../format/number.ts';

type Share = Pick<MeQuery['me']['running'], 'used' | 'limit'>;

const names = [
  ['running', 'Computing'],
  ['waiting', 'Waiting'],
  ['requests', 'Requests in a minute'],
  ['storedBytes', 'Stored'],
  ['sockets', 'WebSockets'],
] as const;

type Shares = Record<(typeof names)[number][0], Share>;

/** Each share under its name, `2 of 4`, `12 MB`; requests only where they are counted. */
export function sharesInWords(me: Shares): (readonly [name: string, use: string])[] {
  return names.flatMap(([share, name]) => {
    const { used, limit } = me[share];
    if (share === 'requests' && limit === null) return [];
    const written = share === 'storedBytes' ? bytes : String;
    return [[name, limit === null ? written(used) : `${written(used)} of ${written(limit)}`]];
  });
}
