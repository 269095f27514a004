/** What each part of the model writes to what is explained, and what the residual stream carries at every depth. */
import { LayerContributionsDocument } from '../../../client/generated/graphql.ts';
import { throughLayers, tokensAlone } from '../../format/method.ts';
import { targetWords } from '../../format/target.ts';
import { Balance } from '../../parts/balance.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Picture } from '../../parts/picture.tsx';
import { Unfinished, WithoutFigures } from '../../parts/unavailable.tsx';
import { Zones } from '../../parts/zones.tsx';
import { chosen, within } from '../../state/selection.ts';
import { palette } from '../../state/theme.ts';
import type { ViewProps } from '../view.ts';
import { ledgerCaption, ledgerSum, progressCaption } from './caption.ts';
import { type Known, ledgerOf, streamOf } from './ledger.ts';
import { columnsOf, ledgerPicture, ledgerZones } from './picture.ts';
import { ledgerTables } from './tables.ts';
import { PartsTable, StreamTable } from './tables.tsx';
import './residual.css';

const frame = { name: 'residual', title: 'Residual stream' };

export function ResidualView({ explanation, width }: ViewProps) {
  const { attribution, question } = explanation;
  const started = attribution.started.value;
  const completed = attribution.completed.value;
  const detail = explanation.detail(LayerContributionsDocument, {}).value;
  const answer = detail.status === 'ready' ? detail.answer : undefined;
  const isUnderWay = ['asking', 'waiting', 'running', 'completed'].includes(attribution.phase.value);
  if (started && !started.throughBlocks)
    return (
      <Panel {...frame}>
        <WithoutFigures explanation={explanation}>
          {tokensAlone(question)} What each layer writes is told by {throughLayers}.
        </WithoutFigures>
      </Panel>
    );
  if (!started || !isUnderWay)
    return (
      <Panel {...frame}>
        <Unfinished explanation={explanation} what="What each layer writes" />
      </Panel>
    );
  const { layerCount } = started;
  const live = attribution.attributed.value;
  const known: Known = answer?.layers ? { ...answer, layerCount, layers: answer.layers } : { layerCount, layers: live };
  const ledger = ledgerOf(known);
  const stream = streamOf(known);
  const words = targetWords(completed?.target ?? started.requested);
  const provisional = attribution.passed.value.flatMap((layer) => layer.provisional ?? []);
  const { layer } = within(chosen.value, started.tokens.length, layerCount);
  const picture = { layerCount, unit: words.unit, provisional, layer };
  const what = `What each layer writes straight to the ${words.value} of ${words.name}`;
  const layersKnown = live.filter((layer) => layer !== undefined).length;
  return (
    <Panel
      {...frame}
      caption={
        answer
          ? ledgerCaption(ledger, answer.audit.logit, words)
          : progressCaption(layersKnown, provisional.length, layerCount)
      }
      takeaway={
        answer && {
          name: 'residual',
          picture: (of) => ledgerPicture(ledger, { ...picture, width: Math.max(width, 560), palette: of, title: what }),
          tables: () => ledgerTables(ledger, stream, words.unit),
          asked: () => [{ document: LayerContributionsDocument, variables: { input: question } }],
        }
      }
    >
      <Picture
        scene={ledgerPicture(ledger, { ...picture, width, palette: palette.value })}
        label={`${what}, and the sum so far`}
      >
        <Zones zones={ledgerZones(ledger, { width, layerCount })} {...columnsOf({ width, layerCount })} />
      </Picture>
      {answer && (
        <Balance
          terms={ledgerSum(ledger)}
          whole={{ name: words.value, value: answer.audit.logit }}
          tolerance={answer.audit.tolerance}
        />
      )}
      {detail.status === 'failed' && <ProblemNotice problem={detail.problem} again={detail.again} />}
      {ledger.parts.length > 0 && <PartsTable parts={ledger.parts} unit={words.unit} />}
      {stream.length > 0 && <StreamTable rows={stream} words={words} />}
    </Panel>
  );
}
