/** The strip of tokens in a browser, against what the API says of the same question. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  FaithfulnessDocument,
  LogitAttributionDocument,
  type LogitAttributionInput,
  StartLogitAttributionDocument,
  TokenSharesDocument,
} from '../../src/client/generated/graphql.ts';
import { violations } from '../support/axe.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';

/** What a new visitor sees explained. */
const example: LogitAttributionInput = {
  model: 'sample',
  prompt: { text: 'When Mary and John went to the store, John gave a drink to' },
  target: { token: { text: ' Mary' }, against: { text: ' John' } },
};

let explorer: OpenExplorer;

const page = () => explorer.page;
const cells = (label = 'Tokens, by Frozen') => page().getByRole('listbox', { name: label }).getByRole('option');
const titles = (label?: string) =>
  cells(label).evaluateAll((found) => found.map((cell) => cell.getAttribute('title') ?? ''));
const shown = (value: number) => String(value).replace('-', '−');
const signed = (value: number) => `${value > 0 ? '+' : ''}${shown(value)}`;

async function attributionOf(input: LogitAttributionInput) {
  const { logitAttribution } = await explorer.server.client.request(LogitAttributionDocument, { input });
  assert.ok(logitAttribution.__typename === 'LogitAttribution');
  return logitAttribution;
}

/** @returns the id of its run */
async function startedRun(input: LogitAttributionInput): Promise<string> {
  const { startLogitAttribution } = await explorer.server.client.request(StartLogitAttributionDocument, { input });
  assert.ok(startLogitAttribution.__typename === 'RunPayload');
  return startLogitAttribution.run.id;
}

/** Opens the run of a question, as a link to it does. */
async function openRunOf(input: LogitAttributionInput): Promise<void> {
  await page().goto(`${explorer.url}?run=${encodeURIComponent(await startedRun(input))}`);
  await page().locator('[data-audit]').waitFor();
}

describe('the tokens of a prompt', { skip: noBrowser }, () => {
  before(async () => {
    explorer = await openExplorer();
    await page().locator('[data-audit]').waitFor();
  });
  after(() => explorer?.[Symbol.asyncDispose]());

  it('have the scores of the API, to the last digit', async () => {
    const { tokens } = await attributionOf(example);
    const found = await titles();
    assert.equal(found.length, tokens.length);
    for (const [at, { token, score }] of tokens.entries()) {
      assert.ok(found[at]?.includes(`'${token.text}', position ${at}`), found[at]);
      assert.ok(found[at]?.includes(`score ${signed(score)} logits`), found[at]);
    }
  });

  it('add up as the audit says, and the target stands at their end', async () => {
    const { audit, target } = await attributionOf(example);
    const audited = page().locator('[data-audit]');
    assert.equal(await audited.getAttribute('data-audit'), audit.passed ? 'passed' : 'failed');
    const title = (await page().locator('.sum .terms').getAttribute('title')) ?? '';
    for (const figure of [audit.parts, audit.constant, audit.sum, audit.logit, audit.gap])
      assert.ok(title.includes(shown(figure)), title);
    const prediction = page().locator('.prediction');
    assert.match((await prediction.textContent()) ?? '', /→ ·Mary 99\.7 %.*rather than ·John/);
    assert.ok((await prediction.getAttribute('title'))?.includes(`probability ${target.probability}`));
  });

  it('say in a sentence which speaks most for the target and which against it', async () => {
    const { tokens } = await attributionOf(example);
    const [most] = [...tokens].sort((one, other) => other.score - one.score);
    const caption = (await page().locator('.tokens .caption').textContent()) ?? '';
    assert.ok(caption.startsWith(`'${most?.token.text}' speaks most for ' Mary' rather than ' John'`), caption);
  });

  it('have the shares of the API where shares are chosen', async () => {
    const { logitAttribution } = await explorer.server.client.request(TokenSharesDocument, { input: example });
    assert.ok(logitAttribution.__typename === 'LogitAttribution');
    await page().getByRole('button', { name: 'Shares of all' }).click();
    await page().locator('[data-position="0"][title*="share"]').waitFor();
    const found = await titles();
    for (const [at, { share }] of logitAttribution.tokens.entries())
      assert.ok(found[at]?.includes(`share ${signed(share ?? Number.NaN)}`), found[at]);
    await page().getByRole('button', { name: 'Scores' }).click();
  });

  it('are bars on demand, in order or by size', async () => {
    const { tokens } = await attributionOf(example);
    await page().getByRole('button', { name: 'Bars' }).click();
    const table = page().getByRole('table', { name: 'Tokens', exact: true });
    await table.waitFor();
    const scores = () =>
      table
        .locator('td[data-column="score 0"]')
        .evaluateAll((found) => found.map((cell) => Number((cell as HTMLElement).dataset.value)));
    assert.deepEqual(
      await scores(),
      tokens.map(({ score }) => score),
    );
    await table.getByRole('button', { name: 'score (logits)', exact: true }).click();
    await table.locator('th[aria-sort="descending"]').waitFor();
    const bySize = tokens.map(({ score }) => score).sort((one, other) => Math.abs(other) - Math.abs(one));
    assert.deepEqual(await scores(), bySize);
    await page().getByRole('button', { name: 'Bars' }).click();
  });

  it('are gone through, kept and followed by keys, and let go', async () => {
    await cells().last().focus();
    for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'ArrowLeft', 'Enter', 'f']) await page().keyboard.press(key);
    assert.equal(await cells().nth(1).getAttribute('aria-selected'), 'true');
    assert.match((await page().locator('.readout .exact').textContent()) ?? '', /position 1, id \d+, score \+17\.4/);
    const followed = page().getByRole('button', { name: /^Follow ' Mary' at position 1 no longer/ });
    await followed.waitFor({ state: 'detached' });
    await page().keyboard.press('ArrowRight');
    await page().keyboard.press('ArrowRight');
    await page().keyboard.press('f');
    await page().getByRole('button', { name: "Follow ' John' at position 3 no longer" }).click();
    await page().keyboard.press('Escape');
    assert.equal(await cells().nth(1).getAttribute('aria-selected'), 'false');
  });

  it('are told how faithful their order is when that is asked for', async () => {
    const { logitAttribution } = await explorer.server.client.request(FaithfulnessDocument, { input: example });
    assert.ok(logitAttribution.__typename === 'LogitAttribution');
    await page()
      .getByRole('button', { name: /^Faithfulness/ })
      .click();
    const { comprehensiveness, sufficiency } = logitAttribution.faithfulness;
    const caption = (await page().locator('.faithfulness .caption').textContent()) ?? '';
    for (const { area } of [comprehensiveness, sufficiency])
      assert.ok(caption.includes(String(Number(area.toPrecision(3)))), caption);
  });

  it('stand beside another method’s, token under token, until that is closed', async () => {
    const [one, other] = await Promise.all([attributionOf(example), attributionOf({ ...example, method: 'GRADIENT' })]);
    await page().getByLabel('Compare with').selectOption('GRADIENT');
    await page().locator('[data-audit="inexact"]').waitFor();
    const found = await titles('Tokens, by Frozen and Gradient × input');
    assert.equal(found.length, one.tokens.length);
    for (const [at, { score }] of one.tokens.entries()) {
      const second = other.tokens[at]?.score ?? Number.NaN;
      for (const part of [
        `Frozen score ${signed(score)} logits`,
        `Gradient × input score ${signed(second)} logits`,
        `difference score ${signed(second - score)} logits`,
      ])
        assert.ok(found[at]?.includes(part), `${found[at]} has not ${part}`);
    }
    assert.match(
      (await page().locator('[data-audit="inexact"]').textContent()) ?? '',
      new RegExp(`the gap ${Number(other.audit.gap.toPrecision(3))}`),
    );
    await page().getByRole('button', { name: 'Close Gradient × input' }).click();
    await cells().first().waitFor();
  });

  it('can be read by everyone, also with bars, and two side by side', async () => {
    assert.deepEqual(await violations(page(), '.tokens'), []);
    await page().getByRole('button', { name: 'Bars' }).click();
    await page().getByLabel('Compare with').selectOption('GRADIENT');
    await page().getByLabel('Compare with').selectOption('ATTENTION_ROLLOUT');
    await page().locator('[data-audit="inexact"]').waitFor();
    await page()
      .getByRole('button', { name: /^Faithfulness/ })
      .click();
    await page().locator('.faithfulness svg').waitFor();
    assert.deepEqual(await violations(page(), '.comparison'), []);
  });

  it('are there before their scores, with what the last block would say', async () => {
    const { queue } = explorer.server;
    queue.watched = ['attribution'];
    queue.holdBefore = 2;
    try {
      const run = await startedRun({ model: 'sample', prompt: { text: 'The capital of France is' } });
      await page().goto(`${explorer.url}?run=${encodeURIComponent(run)}`);
      await page().getByText('after 2 of 4 layers').waitFor();
      assert.ok((await cells().count()) >= 5);
      assert.ok((await titles()).every((title) => !title.includes('score')));
      assert.equal(await page().locator('[data-audit]').count(), 0);
      assert.match((await page().locator('.tokens .progress').textContent()) ?? '', /^2 of 4 layers are passed/);
      queue.lastGate?.release();
      await page().locator('[data-audit="passed"]').waitFor();
      assert.ok((await titles()).every((title) => title.includes('score')));
    } finally {
      queue.watched = [];
      queue.holdBefore = -1;
      for (const gate of queue.gates) gate.release();
    }
  });

  it('stand each by itself where the prompts differ', async () => {
    const other = { model: 'sample', prompt: { text: 'The capital of France is' } };
    const [run, beside] = [await startedRun(example), await startedRun(other)].map(encodeURIComponent);
    await page().goto(`${explorer.url}?run=${run}&beside=${beside}`);
    await page().locator('[data-audit="passed"]').nth(1).waitFor();
    const { tokens } = await attributionOf(other);
    const counts = await page()
      .locator('.strip')
      .evaluateAll((found) => found.map((strip) => strip.querySelectorAll('[role="option"]').length));
    assert.deepEqual(counts, [(await attributionOf(example)).tokens.length, tokens.length]);
  });

  it('warn unmistakably where a path of few steps does not add up', async () => {
    const input = { ...example, method: 'INTEGRATED_GRADIENTS', options: { steps: 2 } } as const;
    const { audit } = await attributionOf(input);
    assert.equal(audit.passed, false);
    await openRunOf(input);
    const alert = page().getByRole('alert');
    const text = (await alert.textContent()) ?? '';
    assert.match(text, /Does not add up yet/);
    assert.match(text, /2 steps are too few/);
    for (const figure of [audit.sum, audit.gap]) assert.ok(text.includes(shown(Number(figure.toPrecision(3)))), text);
    assert.ok(((await alert.boundingBox())?.width ?? 0) > 400);
  });

  it('are not to be relied on where the server says that FROZEN does not add up', async () => {
    await page().routeWebSocket(/graphql/, (socket) => {
      const served = socket.connectToServer();
      served.onMessage((message) => socket.send(String(message).replace('"passed":true', '"passed":false')));
    });
    await openRunOf(example);
    assert.match((await page().getByRole('alert').textContent()) ?? '', /Does not add up: .*do not rely on them/);
    await page().unrouteAll({ behavior: 'ignoreErrors' });
  });

  it('show markup in a prompt as text, break lines where the prompt does, and fade what is not read', async () => {
    const text = 'Mary <b>gave</b>\n<img src=x onerror=alert(1)> a drink to John';
    const { tokens } = await attributionOf({ model: 'sample', prompt: { text } });
    const position = tokens.length - 3;
    await openRunOf({ model: 'sample', prompt: { text }, target: { position } });
    const texts = await cells().evaluateAll((found) =>
      found.map((cell) => cell.querySelector('.token')?.textContent ?? ''),
    );
    assert.equal(texts.join('').replaceAll('·', ' ').replaceAll('⏎', '\n'), text);
    assert.equal(await page().locator('.strip :is(b, img)').count(), 0);
    const breaks = tokens.findIndex(({ token }) => token.text.includes('\n'));
    const box = (at: number) => cells().nth(at).boundingBox();
    const [before, after] = [await box(breaks), await box(breaks + 1)];
    assert.ok((after?.y ?? 0) > (before?.y ?? 0) && (after?.x ?? 0) < (before?.x ?? 0));
    assert.equal(await page().locator('.cell.unread').count(), 2);
    assert.deepEqual(explorer.errors, []);
  });
});
