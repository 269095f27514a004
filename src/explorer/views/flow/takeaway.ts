/** The flow to take along: its picture as it is drawn, all its columns; its figures; what was asked for. */
import { MovesDocument, StartCirculationDocument } from '../../../client/generated/graphql.ts';
import { percent, rounded, signed } from '../../format/number.ts';
import { quoted } from '../../format/token.ts';
import type { Explanation } from '../../state/explanation.ts';
import { circulationOf } from '../../state/question.ts';
import type { Asked, Table, Takeaway } from '../../takeaway/takeaway.ts';
import type { Move } from './arcs.ts';
import type { Flow } from './figures.ts';
import { extent } from './geometry.ts';
import { movesAsked } from './moves.ts';
import { sceneOf } from './scene.ts';
import type { FlowScreen } from './screen.ts';
import type { Sketch } from './sketch.ts';

export function flowTakeaway(explanation: Explanation, screen: FlowScreen): Takeaway {
  return {
    name: 'flow',
    picture: (palette) => {
      const sketch = screen.sketch.peek();
      if (!sketch) return { width: 1, height: 1, background: palette.background, marks: [] };
      const drawn = unrolled({ ...sketch, palette });
      return sceneOf(drawn, screen.caption.peek() ?? '', legendOf(drawn));
    },
    tables: () => tablesOf(screen.flow.peek(), screen.edges.peek()),
    asked: () => askedOf(explanation, screen),
  };
}

/** As wide as all columns are. */
function unrolled(sketch: Sketch): Sketch {
  const { geometry } = sketch;
  const more = Math.max(0, extent(geometry) - (geometry.right - geometry.left));
  const { width, right } = geometry;
  return { ...sketch, geometry: { ...geometry, width: width + more, right: right + more, offset: 0 } };
}

export function legendOf({ flow, scales, shown, moves }: Sketch): string[] {
  const names = flow.followed.map(quoted).join(', ');
  const rest = moves?.rest.reduce((sum, value) => sum + value, 0) ?? 0;
  return [
    ...(names ? [`Shade: share of ${names} in the stream, 0 to 100 %. Hollow: below 0.`] : []),
    ...(names && shown !== 'matters' && scales.carried > 0
      ? [
          `Arc: what attention carries of it (thickest: norm ${rounded(scales.carried)}). Line under a cell: what the MLP makes of it (longest: norm ${rounded(scales.made)}).`,
        ]
      : []),
    ...(moves && shown !== 'flows'
      ? [
          `Blue adds to the ${flow.words.value}, red takes away (thickest: ${rounded(moves.largest)} ${flow.words.unit}): ${moves.count} moves, ${percent(moves.part)} of the magnitude of the ${moves.known} strongest; all others: ${signed(rest)}.`,
        ]
      : []),
  ];
}

/** @param edges strongest first; none where they are not known */
export function tablesOf(flow: Flow | undefined, edges: readonly Move[]): Table[] {
  if (!flow) return [];
  const text = (position: number) => flow.tokens[position]?.text ?? '';
  return [
    {
      name: 'shares',
      columns: [
        'layer',
        'position',
        'token',
        'followed position',
        'followed token',
        'share (of the stream)',
        'norm',
        'through attention (norm)',
        'through MLP (norm)',
      ],
      rows: flow.depths.flatMap(({ layer, followed }) =>
        followed.flatMap(({ token, share, norm, throughAttention, throughMlp }) =>
          share.map((value, position) => [
            layer,
            position,
            text(position),
            token.position,
            token.text,
            value,
            norm[position] ?? null,
            throughAttention[position] ?? null,
            throughMlp[position] ?? null,
          ]),
        ),
      ),
    },
    {
      name: 'lens',
      columns: ['layer', 'token', 'probability', 'target', 'probability of the target', 'rank of the target'],
      rows: flow.depths.map(({ layer, says, target }) => [
        layer,
        says?.token.text ?? null,
        says?.probability ?? null,
        target?.token.text ?? null,
        target?.probability ?? null,
        target?.rank ?? null,
      ]),
    },
    ...(edges.length > 0
      ? [
          {
            name: 'moves',
            columns: [
              'layer',
              'head',
              'from',
              'from token',
              'to',
              'to token',
              'attention',
              `score (${flow.words.unit})`,
            ],
            rows: edges.map(({ layer, head, from, to, weight, score }) => [
              layer,
              head,
              from.position,
              text(from.position),
              to.position,
              text(to.position),
              weight,
              score,
            ]),
          },
        ]
      : []),
  ];
}

function askedOf(explanation: Explanation, screen: FlowScreen): Asked[] {
  const { question, target, tracked } = explanation;
  const { against: _, kind: __, ...followed } = target;
  const input = circulationOf(question, followed, tracked.peek());
  return [
    ...(tracked.peek().length > 0 ? [{ document: StartCirculationDocument, variables: { input } } as Asked] : []),
    ...(screen.detail.peek()
      ? [{ document: MovesDocument, variables: { input: question, ...movesAsked } } as Asked]
      : []),
  ];
}
