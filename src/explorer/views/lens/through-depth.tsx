/** Tokens through depth at one position, as lines. */
import type { Signal } from '@preact/signals';
import type { ShownToken } from '../../format/token.ts';
import { Picture } from '../../parts/picture.tsx';
import { TokenText } from '../../parts/token.tsx';
import { Zones } from '../../parts/zones.tsx';
import type { ChosenToken } from '../../state/draft.ts';
import { palette } from '../../state/theme.ts';
import { RankControls } from './controls.tsx';
import type { Place } from './place.ts';
import { depthZones, type RankScale, rankPicture, zoneFrame } from './ranks.ts';
import type { Depth, Series } from './readings.ts';

interface ThroughDepthProps {
  readonly width: number;
  readonly series: readonly Series[];
  readonly depths: readonly Depth[];
  readonly place: Place;
  /** At the position. */
  readonly token: ShownToken;
  readonly scale: Signal<RankScale>;
  readonly followed: Signal<ChosenToken | undefined>;
  /** Why the token is not followed. */
  readonly fault: string | undefined;
}

export function ThroughDepth({ width, series, depths, place, token, scale, followed, fault }: ThroughDepthProps) {
  const frame = { width, palette: palette.value, scale: scale.value, depths, index: depths.indexOf(place.depth) };
  const names = series.map(({ name }) => name).join(', ');
  return (
    <section class="through-depth">
      <h3>
        Through depth, at <TokenText token={token} /> <small>{place.position}</small>
      </h3>
      <RankControls
        scale={scale}
        followed={followed.value?.text}
        fault={fault}
        follow={(text) => {
          followed.value = text === undefined ? undefined : { text };
        }}
      />
      <Picture scene={rankPicture(series, frame)} label={`The ${scale.value} of ${names} through depth`}>
        <Zones zones={depthZones(series, frame)} {...zoneFrame} />
      </Picture>
    </section>
  );
}
