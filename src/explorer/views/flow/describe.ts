/** The figures of a place in words: for the pointer, and for screen readers. */
import { exact, percent, rounded, signed } from '../../format/number.ts';
import { quoted } from '../../format/token.ts';
import { type Carried, headsCarrying, type Move } from './arcs.ts';
import type { Flow } from './figures.ts';

export interface Description {
  readonly title: string;
  readonly lines: readonly Line[];
}

export interface Line {
  /** Of a followed token: its hue. */
  readonly index?: number;
  readonly text: string;
  /** All digits. */
  readonly exact?: string;
}

/** @param row 0: the embedding; n: after block n − 1 @param end without it; of a run of positions */
export function describeCell(
  flow: Flow,
  depth: number,
  row: number,
  position: number,
  end = position + 1,
): Description {
  const at = name(flow, position);
  const place = end > position + 1 ? `${at} to ${name(flow, end - 1)}` : at;
  if (row === 0) {
    const index = flow.followed.findIndex((token) => token.position >= position && token.position < end);
    const text = index < 0 ? 'nothing that is followed' : `${quoted(flow.followed[index] as Named)} comes in here`;
    return { title: `${place}, embedding`, lines: [index < 0 ? { text } : { index, text }] };
  }
  const block = flow.depths[row - 1];
  const title = `${place} after layer ${row - 1}`;
  if (!block || row > depth) return { title, lines: [{ text: 'not there yet' }] };
  const says = position <= flow.position && flow.position < end ? block.says : undefined;
  return {
    title,
    lines: [
      ...block.followed.map((token, index): Line => {
        const best = largestIn(token.share, position, end);
        const [share, norm, attention, mlp] = [token.share, token.norm, token.throughAttention, token.throughMlp].map(
          (figure) => figure[best] ?? 0,
        ) as [number, number, number, number];
        const where = end > position + 1 ? ` at most, at ${name(flow, best)}` : ' of the stream';
        return {
          index,
          text: `${quoted(token.token)}: ${percent(share)}${where} · norm ${rounded(norm)} · attention carried ${rounded(attention)} · the MLP made ${rounded(mlp)}`,
          exact: `share ${exact(share)}, norm ${exact(norm)}, through attention ${exact(attention)}, through MLP ${exact(mlp)}`,
        };
      }),
      ...(says
        ? [
            {
              text: `would say ${quoted(says.token)} (${percent(says.probability)})${ranked(block.target)}`,
              exact: `probability ${exact(says.probability)}`,
            },
          ]
        : []),
      ...(says && block.writes
        ? [
            {
              text: `the layer writes to the ${flow.words.value}: attention ${signed(block.writes.attention)}${
                block.writes.mlp === null ? '' : `, MLP ${signed(block.writes.mlp)}`
              }${flow.isFinal ? '' : ' (up to one factor that the end tells)'}`,
            },
          ]
        : []),
      ...(block.followed.length === 0 && !says
        ? [{ text: flow.followed.length > 0 ? 'not there yet' : 'no token is followed' }]
        : []),
    ],
  };
}

export function describeCarried(flow: Flow, { layer, index, to, amount }: Carried): Description {
  const token = flow.depths[layer]?.followed[index];
  if (!token) return { title: '', lines: [] };
  const heads = headsCarrying(token, to).slice(0, 3);
  return {
    title: `Layer ${layer} carries ${quoted(token.token)} to ${name(flow, to)}`,
    lines: [
      { index, text: `norm ${rounded(amount)}, from wherever it stands below`, exact: exact(amount) },
      {
        text: `most by ${heads.map((head) => `head ${layer}.${head.head} (${rounded(head.amount)})`).join(', ')}`,
        exact: heads.map((head) => `${layer}.${head.head}: ${exact(head.amount)}`).join(', '),
      },
    ],
  };
}

export function describeMove(flow: Flow, { layer, head, from, to, score, weight }: Move): Description {
  return {
    title: `Head ${layer}.${head}: ${name(flow, to.position)} reads ${name(flow, from.position)}`,
    lines: [
      {
        text: `${signed(score)} ${flow.words.unit} · attention ${percent(weight)}`,
        exact: `${exact(score)}, ${exact(weight)}`,
      },
    ],
  };
}

type Named = Parameters<typeof quoted>[0];

function name({ tokens }: Flow, position: number): string {
  const token = tokens[position];
  return token ? `${quoted(token)} (${position})` : String(position);
}

function ranked(target: { readonly rank: number; readonly token: Named; readonly probability: number } | undefined) {
  if (!target || target.rank === 1) return '';
  return `; ${quoted(target.token)} is number ${target.rank} (${percent(target.probability)})`;
}

function largestIn(values: readonly number[], first: number, end: number): number {
  let best = first;
  for (let at = first; at < end; at++) if (Math.abs(values[at] ?? 0) > Math.abs(values[best] ?? 0)) best = at;
  return best;
}
