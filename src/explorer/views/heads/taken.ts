/** What the heads view gives to take along, of what was asked for so far. */

import {
  AblationsDocument,
  AttentionPatternsDocument,
  HeadCircuitsDocument,
  HeadContributionsDocument,
  HeadMovesDocument,
} from '../../../client/generated/graphql.ts';
import { contributionScale, largestOf } from '../../drawing/colour.ts';
import { stacked } from '../../drawing/stacked.ts';
import { componentName } from '../../format/component.ts';
import type { TargetWords } from '../../format/target.ts';
import type { Explanation } from '../../state/explanation.ts';
import type { Asked, Takeaway } from '../../takeaway/takeaway.ts';
import type { AblationRequest } from './ablations.tsx';
import type { Figures, Reach } from './figures.ts';
import type { GridLayout } from './grid-layout.ts';
import { type HeadMap, whole } from './map-layout.ts';
import { mapFrame, mapScene } from './map-scene.ts';
import { askedOf, mapOf } from './maps.ts';
import { ablationTable, circuitTable, gridScene, headTable, mapTable } from './take.ts';
import type { PlacedToken, Strongest } from './words.ts';

interface Taken {
  readonly explanation: Explanation;
  readonly reach: Reach;
  readonly tokens: readonly PlacedToken[];
  readonly target: TargetWords;
  readonly width: number;
  readonly total: Figures;
  readonly direct: Figures;
  /** The end of the scale. */
  readonly largest: number;
  readonly layout: GridLayout;
  readonly what: string;
  readonly shown: Strongest | undefined;
  /** Whether circuits were asked for. */
  readonly circuits: boolean;
  /** As they were asked for, if they were. */
  readonly ablations: AblationRequest | undefined;
}

export function takeawayOf(taken: Taken): Takeaway {
  const { explanation, reach, tokens, target, total, direct, shown } = taken;
  const input = explanation.question;
  const asked = shown && askedOf(explanation.question, shown.layer, shown.head, reach);
  return {
    name: 'heads',
    picture: (palette) => {
      const figures = reach === 'total' ? total : direct;
      const grid = {
        figures,
        largest: taken.largest,
        layout: taken.layout,
        what: taken.what,
        target: target.name,
        unit: target.unit,
      };
      const scenes: { title?: string; scene: ReturnType<typeof gridScene> }[] = [{ scene: gridScene(grid, palette) }];
      const map = shownMap(taken);
      if (map && shown) {
        const largest = largestOf(map.scores);
        const window = whole(map.length);
        const frame = mapFrame(taken.width, window);
        const scale = contributionScale(palette, largest);
        const title = `Head ${componentName(shown.layer, shown.head)}: what it moves, to ±${largest.toPrecision(3)} ${target.unit}; outlines: attention`;
        scenes.push({ title, scene: mapScene({ map, tokens, window, frame, layer: 'moves', palette, scale }) });
      }
      return stacked(scenes, palette);
    },
    tables: () => {
      const map = shownMap(taken);
      const ablations = taken.ablations && explanation.detail(AblationsDocument, { ...taken.ablations }).peek();
      const circuits = taken.circuits && explanation.ask(HeadCircuitsDocument, { model: input.model }).peek();
      return [
        headTable(total, direct, target.unit),
        ...(map && shown ? [mapTable(map, componentName(shown.layer, shown.head), tokens, target.unit)] : []),
        ...(taken.ablations && ablations?.status === 'ready'
          ? [ablationTable(ablations.answer.ablations ?? [], taken.ablations.replacement, target.unit)]
          : []),
        ...(circuits && circuits.status === 'ready' ? [circuitTable(circuits.answer.heads)] : []),
      ];
    },
    asked: () => {
      const all: Asked[] = [{ document: HeadContributionsDocument, variables: { input } }];
      if (asked) all.push({ document: HeadMovesDocument, variables: { input, ...asked.moves } });
      if (asked) all.push({ document: AttentionPatternsDocument, variables: asked.pattern });
      if (taken.ablations) all.push({ document: AblationsDocument, variables: { input, ...taken.ablations } });
      if (taken.circuits) all.push({ document: HeadCircuitsDocument, variables: { model: input.model } });
      return all;
    },
  };
}

/** Undefined until it is there. */
function shownMap({ explanation, shown, reach, tokens }: Taken): HeadMap | undefined {
  if (!shown) return undefined;
  const asked = askedOf(explanation.question, shown.layer, shown.head, reach);
  const moves = explanation.detail(HeadMovesDocument, asked.moves).peek();
  const pattern = explanation.ask(AttentionPatternsDocument, asked.pattern).peek();
  if (moves.status !== 'ready' || !moves.answer.moves) return undefined;
  return mapOf(
    moves.answer.moves,
    0,
    tokens.length,
    pattern.status === 'ready' ? pattern.answer.layers[0]?.pattern : undefined,
  );
}
