/** The lens to take along. */
import { LensDocument, type LensInput } from '../../../client/generated/graphql.ts';
import { quoted } from '../../format/token.ts';
import type { Takeaway } from '../../takeaway/takeaway.ts';
import type { CellFrame } from './cells.ts';
import type { Columns } from './pages.ts';
import { type LensColumn, lensPicture } from './picture.ts';
import type { Place } from './place.ts';
import type { RankScale } from './ranks.ts';
import type { Depth, Series } from './readings.ts';
import { shadingOf } from './shading.ts';
import { lensTables } from './tables.ts';

interface Seen {
  readonly columns: readonly LensColumn[];
  readonly seen: Columns;
  readonly series: readonly Series[];
  readonly depths: readonly Depth[];
  readonly cells: CellFrame;
  readonly place: Place;
  readonly scale: RankScale;
  readonly asked: { readonly input: LensInput; readonly afterAttention: boolean } | undefined;
}

export function lensTakeaway({ columns, seen, series, depths, cells, place, scale, asked }: Seen): Takeaway {
  const token = columns[place.position]?.token;
  const [target] = series;
  const { low, high, meaning } = shadingOf(cells.kind, target?.name ?? 'the target');
  return {
    name: 'lens',
    picture: (palette) =>
      lensPicture(columns.slice(seen.first, seen.last + 1), series, {
        palette,
        depths,
        cells,
        scale,
        index: depths.indexOf(place.depth),
        title: 'What the model would say at each depth',
        heading: `Through depth, at ${token ? quoted(token) : ''} (${place.position})`,
        shading: `Shade: ${meaning}, from ${low} (light) to ${high} (dark)`,
      }),
    tables: () =>
      lensTables(
        columns.filter(({ column }) => column),
        series,
        depths,
      ),
    asked: () => (asked ? [{ document: LensDocument, variables: { ...asked } }] : []),
  };
}
