/** A model's answer in a real browser, against what the API has stored of it. */
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { type RunEvent, tensorValues } from '../../src/client/client.ts';
import {
  AnswerToPromptDocument,
  EstimateDocument,
  type GenerationInput,
  RunDocument,
  RunStatusDocument,
  StartGenerationDocument,
} from '../../src/client/generated/graphql.ts';
import { contributionScale } from '../../src/explorer/drawing/colour.ts';
import { palettes } from '../../src/explorer/drawing/palette.ts';
import { percent, rounded } from '../../src/explorer/format/number.ts';
import { type MatrixLayout, matrixLayout } from '../../src/explorer/views/answer/matrix-layout.ts';
import { referenceFolder } from '../reference/reference.ts';
import { collect, startTestServer } from '../server/harness.ts';
import { violations } from '../support/axe.ts';
import { readCsv } from '../support/csv.ts';
import { noBrowser, type OpenExplorer, openExplorer, openPage } from '../support/explorer.ts';
import { Network } from '../support/network.ts';

const text = 'When Mary and John went to the store, John gave a drink to';
/** Tokens of it. */
const length = 14;
const most = 10;
const input: GenerationInput = {
  model: 'sample',
  prompt: { text },
  maxTokens: most,
  stop: { endOfText: false },
};
const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

type Told<Name extends RunEvent['__typename']> = Required<Extract<RunEvent, { __typename: Name }>>;

describe('an answer', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  let page: Page;
  before(async () => {
    explorer = await openExplorer({ context: { reducedMotion: 'reduce' } });
    ({ page } = explorer);
    await page.locator('.flow .status.ended').waitFor();
    explorer.server.queue.watched = ['generation'];
  });
  after(() => explorer?.[Symbol.asyncDispose]());
  afterEach(() => release(explorer.server.queue));

  it('is there token by token, while the model is held before the next one', async () => {
    const { server } = explorer;
    server.queue.holdBefore = 0;
    await choose(page, 'at most, in tokens', String(most));
    await uncheck(page, 'ends with a token that ends an answer');
    await page.keyboard.press('Escape');
    await answerButton(page).click();
    await status(page, `0 of at most ${most} tokens`);
    await cell(page, length - 1).waitFor();
    assert.equal(await answered(page), 0);
    // Before block 3 it waits in the middle of a token, or on the way back from the first ones; before block 0 again after that.
    while ((await answered(page)) === 0)
      for (const block of [3, 0]) {
        server.queue.lastGate?.hold(block);
        for (let look = 0; look < 10 && (await answered(page)) === 0; look++)
          await server.client.request(RunStatusDocument, { id: runIn(page) });
      }
    await status(page, new RegExp(`^[1-9] of at most ${most} tokens`));
    await cell(page, length).hover();
    await page.getByText(/What ' Mary' comes from has not come yet/).waitFor();
    assert.ok((await page.locator('.answer-text .pending').count()) > 0);
    const { run } = await server.client.request(RunStatusDocument, { id: runIn(page) });
    assert.equal(run?.status, 'RUNNING');
    assert.equal(await backToPrompt(page).count(), 0);
    release(server.queue);
    await ended(page, `${most} tokens: as many as it may have.`);
  });

  it('shows of every token what the API has stored: how sure the model was, and what it comes from', async () => {
    const { tokens, rows } = await stored(explorer);
    assert.equal(tokens.length, most);
    assert.equal(rows.length, most);
    for (const { index, token, probability, entropy, alternatives } of tokens) {
      const position = length + index;
      await cell(page, position).click();
      await page.mouse.move(0, 0);
      await page.waitForURL((url) => url.searchParams.get('position') === String(position));
      const { scores, audit } = rows[index] as Told<'TokenAttributed'>;
      assert.deepEqual(await values(page), scores, token.text);
      assert.equal(Number(await page.locator('[data-probability]').getAttribute('data-probability')), probability);
      assert.equal(Number(await page.locator('[data-entropy]').getAttribute('data-entropy')), entropy);
      assert.deepEqual(
        await page.locator('.alternatives li > span:last-child').allTextContents(),
        alternatives.map((other) => percent(other.probability)),
      );
      const said = (await page.locator('.chosen-token .audit').textContent()) ?? '';
      assert.ok(said.includes(`Adds up to the logit, ${rounded(audit.logit)}: the gap is ${rounded(audit.gap)}`), said);
    }
    const strongest = rows[0]?.scores.indexOf(Math.max(...(rows[0]?.scores ?? []))) ?? 0;
    await cell(page, length).click();
    await page.mouse.move(0, 0);
    await page.locator('.answer > .caption').getByText("speaks most for ' Mary'").waitFor();
    assert.equal(strongest, 1, "' Mary' in the prompt");
  });

  it('shows what a token of the prompt gives, and one of the answer where that is looked for', async () => {
    const { rows } = await stored(explorer);
    await page.keyboard.press('Escape');
    const given = (position: number) =>
      rows.flatMap(({ scores }) => (scores[position] === undefined ? [] : [scores[position]]));
    await cell(page, 1).click();
    await page.mouse.move(0, 0);
    assert.deepEqual(await values(page), given(1));
    await page.getByRole('button', { name: 'Gives to' }).click();
    await cell(page, length + 2).click();
    await page.mouse.move(0, 0);
    assert.deepEqual(await values(page), given(length + 2));
    await page.getByRole('button', { name: 'Comes from' }).click();
    assert.deepEqual(await values(page), rows[2]?.scores);
    await page.keyboard.press('Escape');
  });

  it('sums what several tokens come from, which are chosen by dragging or with Shift', async () => {
    const { tokens, rows } = await stored(explorer);
    const sums = (first: number, last: number) =>
      Array.from({ length: length + last }, (_, at) =>
        rows.slice(first, last + 1).reduce((sum, { scores }) => sum + (scores[at] ?? 0), 0),
      );
    const isChosen = async (first: number, last: number) => {
      await page.mouse.move(0, 0);
      await page.waitForURL(
        ({ searchParams }) =>
          searchParams.get('position') === String(length + first) && searchParams.get('end') === String(length + last),
      );
      assert.deepEqual(await values(page), sums(first, last));
      const name = tokens.slice(first, last + 1).map(({ token }) => token.text);
      const caption = (await page.locator('.answer > .caption').textContent()) ?? '';
      assert.ok(caption.startsWith(`${name.length} tokens, '${name.join('')}': `), caption);
      assert.equal(await page.locator('.answer-text [aria-selected=true]').count(), name.length);
    };
    await cell(page, length + 4).click();
    await cell(page, length + 6).click({ modifiers: ['Shift'] });
    await isChosen(4, 6);
    await cell(page, length + 3).hover();
    await page.mouse.down();
    await cell(page, length + 1).hover();
    await page.mouse.up();
    await isChosen(1, 3);
    const logits = tokens.slice(1, 4).reduce((sum, { logit }) => sum + logit, 0);
    await page.getByText(`The logits of the 3 tokens come to ${rounded(logits)}`).waitFor();
    // From the last token that is there back into the prompt: as far as the answer goes.
    await cell(page, length).hover();
    await page.mouse.down();
    await cell(page, 3).hover();
    await page.mouse.up();
    assert.equal(new URL(page.url()).searchParams.get('end'), null);
    await page.keyboard.press('Escape');
  });

  it('is drawn as a heat map, on the scale of its strongest score', async () => {
    const { rows } = await stored(explorer);
    const width = await page.locator('.sized:has(> .answer-matrix)').evaluate((box) => box.clientWidth);
    const layout = matrixLayout(width, most, length + most - 1);
    const largest = Math.max(...rows.flatMap(({ scores }) => scores.map(Math.abs)));
    const scale = contributionScale(palettes.light, largest);
    const places = rows.flatMap(({ scores, index }) => scores.map((score, column) => ({ index, column, score })));
    const shades = await shadesAt(page, layout, places);
    assert.deepEqual(
      shades,
      places.map(({ score }) => scale(score)),
    );
    assert.ok(new Set(shades).size > 20);
    const surface = page.locator('.answer-matrix .surface');
    await surface.scrollIntoViewIfNeeded();
    await surface.hover({
      position: { x: layout.left + 1.5 * layout.cellWidth, y: layout.top + 0.5 * layout.cellHeight },
    });
    assert.equal(Number(await page.locator('.matrix-readout').getAttribute('data-score')), rows[0]?.scores[1]);
    // The text follows what is pointed at.
    assert.deepEqual(await values(page), rows[0]?.scores);
    await page.mouse.move(0, 0);
  });

  it('is traced back to its prompt where that is looked for: the shares that the API has', async () => {
    const { shares, untraced, whole } = await storedTrace(explorer);
    await backToPrompt(page).click();
    await page.waitForURL(({ searchParams }) => searchParams.get('view') === 'prompt');
    const caption = page.locator('.answer-matrix .caption');
    const strongest = whole.indexOf(Math.max(...whole));
    await caption.getByText(`most, ${percent(whole[strongest] ?? 0)} of it.`).waitFor();
    assert.deepEqual(untraced, Array(most).fill(0));
    await caption.getByText('Each row sums to 100 %: nothing is untraced.').waitFor();
    const width = await page.locator('.sized:has(> .answer-matrix)').evaluate((box) => box.clientWidth);
    const layout = matrixLayout(width, most, length);
    const largest = Math.max(...shares.flat());
    const legend = await page.locator('.answer-matrix .scores-legend').textContent();
    assert.equal(legend, `0 %${percent(largest)} of the token’s score`);
    const scale = contributionScale(palettes.light, largest);
    const places = shares.flatMap((row, index) => row.map((share, column) => ({ index, column, share })));
    assert.deepEqual(
      await shadesAt(page, layout, places),
      places.map(({ share }) => scale(share)),
    );
    const surface = page.locator('.answer-matrix .surface');
    await surface.focus();
    const read = async () => {
      const { dataset } = await page
        .locator('.matrix-readout')
        .evaluate(({ dataset }) => ({ dataset: { ...dataset } }));
      return [Number(dataset.row), Number(dataset.column), Number(dataset.score)] as const;
    };
    const [row, column, share] = await read();
    assert.deepEqual([share, shares[row]?.[column]], [largest, largest]);
    await surface.blur();
    for (const [index, expected] of shares.entries()) {
      await cell(page, length + index).click();
      await page.mouse.move(0, 0);
      await page.waitForURL((url) => url.searchParams.get('position') === String(length + index));
      assert.deepEqual(await values(page), expected);
    }
    await cell(page, 1).click();
    await page.mouse.move(0, 0);
    assert.deepEqual(
      await values(page),
      shares.map((of) => of[1]),
    );
    await page.keyboard.press('Escape');
    assert.deepEqual(await violations(page), []);
  });

  it('is taken along as it is traced back', async () => {
    const { shares, whole } = await storedTrace(explorer);
    const [columns = [], ...lines] = readCsv(await take(page, 'Download CSV: shares'));
    const at = columns.indexOf('share (of 1)');
    assert.deepEqual(
      lines.map((line) => Number(line[at])),
      [...shares.flat(), ...whole],
    );
    assert.match(await take(page, 'Download SVG'), /\d % of the token’s score/);
    assert.match(await take(page, 'Download GraphQL'), /^query AnswerToPrompt\(/);
    assert.match(await take(page, 'Download JSON'), /untraced \(of 1\)/);
  });

  it('is asked for its traces once, says that it waits for them, and asks again where they did not come', async () => {
    const { search } = new URL(page.url());
    await using other = await openPage(explorer.url, { path: `/${search.replace('view=prompt', '')}` });
    const asked: string[] = [];
    const held = Promise.withResolvers<void>();
    await other.page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('query AnswerToPrompt')) return route.continue();
      asked.push(route.request().url());
      if (asked.length > 1) return route.continue();
      await held.promise;
      await route.abort();
    });
    await ended(other.page, `${most} tokens`);
    assert.equal(asked.length, 0);
    await backToPrompt(other.page).click();
    await other.page.getByText('Tracing the answer back to its prompt …').waitFor();
    assert.equal(await other.page.locator('.answer-matrix canvas').count(), 0);
    held.resolve();
    const failed = other.page.locator('.answer-matrix [role=alert]');
    await failed.getByText('The server is not there.').waitFor();
    await failed.getByRole('button', { name: 'Try again' }).click();
    await other.page.locator('.answer-matrix canvas').waitFor();
    await other.page.getByRole('button', { name: 'Step by step' }).click();
    await backToPrompt(other.page).click();
    await other.page.locator('.answer-matrix .caption').waitFor();
    assert.equal(asked.length, 2);
    // The link leads to it at once.
    await other.page.goto(page.url());
    await other.page.locator('.answer-matrix .caption').getByText('The whole answer comes from').waitFor();
    assert.equal(other.page.url(), page.url());
    await page.getByRole('button', { name: 'Step by step' }).click();
    await page.waitForURL(({ searchParams }) => !searchParams.has('view'));
  });

  it('is found by its link in another browser, and in the list of runs, to the last digit', async () => {
    const { rows } = await stored(explorer);
    await cell(page, length + 3).click();
    await cell(page, length + 5).click({ modifiers: ['Shift'] });
    await page.mouse.move(0, 0);
    await page.waitForURL(/end=/);
    const shown = await everything(page);
    const { search } = new URL(page.url());
    await using other = await openPage(explorer.url, { path: `/${search}` });
    await ended(other.page, `${most} tokens`);
    assert.deepEqual(await everything(other.page), shown);
    assert.equal(new URL(other.page.url()).search, search);
    assert.equal(await other.page.getByLabel('Prompt', { exact: true }).inputValue(), text);
    await other.page.getByRole('button', { name: /^How it answers/ }).click();
    assert.equal(await other.page.getByLabel('at most, in tokens').inputValue(), String(most));
    await other.page.keyboard.press('Escape');
    // The example is another run; from there the list leads back.
    await other.page.goto(explorer.url);
    await other.page.locator('.tokens .sum').waitFor();
    await other.page.getByRole('button', { name: 'Runs', exact: true }).click();
    const row = other.page.getByRole('listitem').filter({ hasText: 'Explained answer' });
    assert.equal(await row.getByRole('button', { name: 'Open beside' }).count(), 0);
    await row.locator('.run').first().click();
    await ended(other.page, `${most} tokens`);
    await other.page.keyboard.press('Escape');
    await cell(other.page, length + 1).click();
    await other.page.mouse.move(0, 0);
    assert.deepEqual(await values(other.page), rows[1]?.scores);
    await other.page.goBack();
    await other.page.locator('.tokens .sum').waitFor();
    assert.equal(await other.page.locator('.answer-text').count(), 0);
    assert.deepEqual(other.errors, []);
    await page.keyboard.press('Escape');
  });

  it('leads to what is deeper of one of its tokens, and back', async () => {
    const { tokens, rows } = await stored(explorer);
    const { search } = new URL(page.url());
    await cell(page, length + 4).click();
    await page.getByRole('button', { name: 'Explain this token in depth' }).click();
    await page.locator('.tokens .sum').waitFor();
    const deep = await page
      .locator('.tokens [data-position]')
      .evaluateAll((cells) =>
        cells.map((one) => /score ([^ ]+) logits/.exec(one.getAttribute('aria-label') ?? '')?.[1]),
      );
    const scores = deep.map((score) => Number(score?.replace('\u2212', '-')));
    const expected = rows[4]?.scores ?? [];
    const largest = Math.max(...expected.map(Math.abs));
    assert.equal(scores.length, expected.length);
    // Computed anew, in another order: equal to rounding in float32.
    for (const [at, score] of scores.entries()) assert.ok(Math.abs(score - (expected[at] ?? 0)) < 1e-4 * largest);
    assert.equal(
      await page.locator('[data-field="target.token"]').inputValue(),
      tokens[4]?.token.text.replace(' ', '·'),
    );
    await page.goBack();
    await ended(page, `${most} tokens`);
    assert.equal(new URL(page.url()).searchParams.get('run'), new URLSearchParams(search).get('run'));
    await page.keyboard.press('Escape');
  });

  it('is taken along: the scores to the last digit, the picture, and a query that names what was asked', async () => {
    const { rows } = await stored(explorer);
    const [columns = [], ...lines] = readCsv(await take(page, 'Download CSV: scores'));
    const score = columns.indexOf('score (logits)');
    assert.deepEqual(
      lines.map((line) => Number(line[score])),
      rows.flatMap(({ scores }) => scores),
    );
    const svg = await take(page, 'Download SVG');
    assert.equal((svg.match(/<rect/g) ?? []).length > 2 * rows.flatMap(({ scores }) => scores).length, true);
    assert.match(svg, /\+\d[\d.]* for, logits/);
    const query = await take(page, 'Download GraphQL');
    assert.match(query, /^subscription Generation\(/);
    assert.match(query, /maxTokens: 10/);
    assert.match(await take(page, 'Download JSON'), /"rows"/);
  });

  it('is open to everyone: by axe, on a desk and on a phone, with and without a choice', async () => {
    const isOpen = async (what: string) => {
      for (const [scheme, size] of [
        ['light', desktop],
        ['dark', phone],
      ] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize(size);
        await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, scheme);
        // As soon as it is drawn at its new size the page does not scroll sideways.
        await page.waitForFunction(() => {
          const { scrollWidth, clientWidth } = document.documentElement;
          return scrollWidth <= clientWidth;
        });
        assert.deepEqual(await violations(page), [], `${what}, ${scheme}`);
        assert.equal(await page.evaluate(() => document.getAnimations().length), 0, `${what}: something moves`);
      }
      await page.setViewportSize(desktop);
      await page.emulateMedia({ colorScheme: 'light' });
    };
    await isOpen('nothing chosen');
    await cell(page, length + 3).click();
    await isOpen('one token');
    await cell(page, length + 5).click({ modifiers: ['Shift'] });
    await isOpen('three tokens');
    await page.getByRole('button', { name: /^How it answers/ }).click();
    await page.getByLabel('drawn at random').check();
    await isOpen('options');
    await page.getByLabel('drawn at random').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
  });

  it('is asked for, walked through and chosen in by keys alone', async () => {
    const { rows } = await stored(explorer);
    await page.getByLabel('Prompt', { exact: true }).focus();
    const before = runIn(page);
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' ');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Control+Shift+Enter');
    await ended(page, `${most} tokens`);
    // The same question of the same model has the same figures.
    assert.equal(typeof before, 'string');
    const tabTo = async (selector: string) => {
      for (let step = 0; step < 60; step++) {
        if (await page.evaluate((part) => document.activeElement?.matches(part), selector)) return;
        await page.keyboard.press('Tab');
      }
      assert.fail(`the tab key does not lead to ${selector}`);
    };
    await tabTo('.answer-text [role=option]');
    await page.keyboard.press('Home');
    for (let at = 0; at < length + 1; at++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('position') === String(length + 1));
    assert.deepEqual(await values(page), rows[1]?.scores);
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await page.waitForURL((url) => url.searchParams.get('end') === String(length + 3));
    await page
      .locator('.answer > .caption')
      .getByText(/^3 tokens, '/)
      .waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.searchParams.has('position'));
    await tabTo('.answer-matrix .surface');
    await page.keyboard.press('Home');
    const place = await page
      .locator('.matrix-readout')
      .evaluate(({ dataset }) => [Number(dataset.row), Number(dataset.column)]);
    const [row = 0, column = 0] = place;
    const score = Number(await page.locator('.matrix-readout').getAttribute('data-score'));
    assert.equal(score, rows[row]?.scores[column]);
    assert.equal(Math.abs(score), Math.max(...rows.flatMap(({ scores }) => scores.map(Math.abs))));
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('position') === String(length + row));
    await page.keyboard.press('Escape');
  });

  it('is stopped for all who follow it, keeps what it told, and can be asked for again', async () => {
    const { server } = explorer;
    server.queue.holdBefore = 0;
    await choose(page, 'at most, in tokens', String(most + 1));
    await page.keyboard.press('Escape');
    await answerButton(page).click();
    await status(page, `0 of at most ${most + 1} tokens`);
    const stopped = runIn(page);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('The answer was stopped before its end.').waitFor();
    assert.equal((await server.client.request(RunStatusDocument, { id: stopped })).run?.status, 'CANCELLED');
    await cell(page, length - 1).waitFor();
    release(server.queue);
    await page.getByRole('button', { name: 'Answer again' }).click();
    await ended(page, `${most + 1} tokens`);
    assert.notEqual(runIn(page), stopped);
  });

  it('is followed no longer once another one, or an explanation, stands in its place', async () => {
    const { server } = explorer;
    const sent: { type: string; id?: string; payload?: { variables?: { runId?: string } } }[] = [];
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => sent.push(JSON.parse(String(payload)) as never)),
    );
    await page.reload();
    await ended(page, `${most + 1} tokens`);
    server.queue.holdBefore = 0;
    await choose(page, 'at most, in tokens', String(most + 2));
    await page.keyboard.press('Escape');
    await answerButton(page).click();
    await status(page, `0 of at most ${most + 2} tokens`);
    const former = runIn(page);
    const followed = sent.find(({ payload }) => payload?.variables?.runId === former);
    assert.ok(followed);
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.locator('.tokens .sum').waitFor();
    assert.equal(await page.locator('.panel.answer').count(), 0);
    assert.ok(sent.some(({ type, id }) => type === 'complete' && id === followed.id));
    assert.notEqual(runIn(page), former);
  });

  it('that is refused says why, and leads to what is to be changed', async () => {
    await choose(page, 'at most, in tokens', '100000');
    await page.keyboard.press('Escape');
    await answerButton(page).click();
    await page
      .locator('.panel.answer [role=alert]')
      .getByText(/maxTokens/)
      .waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-field') === 'maxTokens');
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press('Escape');
  });

  it('that would take too much comes with those that the server has room for', async () => {
    const limit = await roomFor(20);
    await using small = await openExplorer({ variables: { MAX_MODEL_MEMORY: limit } });
    await small.page.locator('.tokens .sum').waitFor();
    await choose(small.page, 'at most, in tokens', '40');
    await uncheck(small.page, 'ends with a token that ends an answer');
    await small.page.locator('.answer-options .wrong').getByText('where the server allows').waitFor();
    await small.page.keyboard.press('Escape');
    await answerButton(small.page).click();
    const refused = small.page.locator('.panel.answer [role=alert]');
    await refused.getByText('Within it:').waitFor();
    assert.equal(await refused.getByRole('button', { name: '10 tokens' }).count(), 1);
    await refused.getByRole('button', { name: '20 tokens' }).click();
    await ended(small.page, '20 tokens');
    assert.deepEqual(small.errors, []);
  });

  it('that was not explained says so, and is drawn without a heat map', async () => {
    const { startGeneration } = await explorer.server.client.request(StartGenerationDocument, {
      input: { ...input, maxTokens: 3 },
      explained: false,
    });
    assert.ok('run' in startGeneration);
    await page.goto(`${explorer.url}?run=${encodeURIComponent(startGeneration.run.id)}`);
    await ended(page, '3 tokens');
    await page.getByText('written without an explanation').waitFor();
    assert.equal(await page.locator('.answer-matrix').count(), 0);
  });

  it('is explained by what is chosen of each token, and says in what that is counted', async () => {
    const kind = page.locator('[data-field="attribution.kind"]');
    await openOptions(page);
    await page.getByLabel('each token explained').check();
    await kind.selectOption({ label: 'its log-probability' });
    await choose(page, 'at most, in tokens', '3');
    await page.keyboard.press('Escape');
    const before = runIn(page);
    await answerButton(page).click();
    await page.waitForURL((url) => url.searchParams.get('run') !== before);
    await ended(page, '3 tokens');
    const { run } = await explorer.server.client.request(RunDocument, { id: runIn(page) });
    assert.ok(run?.input.__typename === 'GenerationRequest');
    assert.equal(run.input.attribution?.kind, 'LOG_PROBABILITY');
    const { rows } = await stored(explorer);
    const largest = Math.max(...rows.flatMap(({ scores }) => scores.map(Math.abs)));
    await page
      .locator('.answer-matrix .scores-legend')
      .getByText(`+${rounded(largest)} for, nats`)
      .waitFor();
    // Its link opens it with the same choice.
    await page.reload();
    await ended(page, '3 tokens');
    await openOptions(page);
    assert.equal(await kind.inputValue(), 'LOG_PROBABILITY');
    await kind.selectOption('LOGIT');
    await page.keyboard.press('Escape');
  });

  it('has what a prompt is made of as text, whatever that is', async () => {
    const prompt = '<img src=x onerror="window.broken=1"><b>is\u202e\u0007';
    await page.getByLabel('Prompt', { exact: true }).fill(prompt);
    await choose(page, 'at most, in tokens', '3');
    await page.keyboard.press('Escape');
    await answerButton(page).click();
    await ended(page, '3 tokens');
    await page.locator('.answer-text [data-position]').first().waitFor();
    const shown = (await page.locator('.answer-text .of-prompt').textContent()) ?? '';
    assert.match(shown.replace(/[\s·]/g, ''), /<imgsrc=xonerror="window\.broken=1"><b>is/);
    const found = await page.evaluate(() => ({
      elements: document.querySelectorAll('main :is(img, b[onerror], script)').length,
      broken: (window as { broken?: unknown }).broken,
      turning: /\p{Bidi_Control}/u.test(document.body.innerText),
    }));
    assert.deepEqual(found, { elements: 0, broken: undefined, turning: false });
  });

  it('answers messages, where the checkpoint says how a chat is written, with who speaks', async () => {
    const { server } = explorer;
    const folder = join(server.models, 'chat');
    await cp(referenceFolder('llama-grouped'), folder, { recursive: true });
    const template = `{% for message in messages %}{{ eos_token + message.role + ':' + message.content }}{% endfor %}{% if add_generation_prompt %}{{ eos_token + 'bot:' }}{% endif %}`;
    await writeFile(join(folder, 'chat_template.jinja'), template);
    await page.getByRole('button', { name: /^Model/ }).click();
    await page.getByRole('radio', { name: 'chat' }).click();
    await page.getByRole('button', { name: /^Model: chat/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('textbox', { name: 'Prompt' }).fill('the sea');
    await page.getByRole('button', { name: 'Chat', exact: true }).click();
    assert.equal(await page.getByLabel('Message 1', { exact: true }).inputValue(), 'the sea');
    await page.getByLabel('Who speaks in message 1').selectOption('system');
    await page.getByRole('button', { name: 'Add a message' }).click();
    await page.getByLabel('Message 2', { exact: true }).fill('user');
    await choose(page, 'at most, in tokens', '3');
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press('Escape');
    const before = runIn(page);
    await page.keyboard.press('Control+Shift+Enter');
    await page.waitForURL((url) => url.searchParams.get('run') !== before);
    await ended(page, '3 tokens');
    const { run } = await server.client.request(RunDocument, { id: runIn(page) });
    const spoken = run?.input.prompt.messages?.map(({ role, content }) => ({ role, content }));
    assert.deepEqual(spoken, [
      { role: 'system', content: 'the sea' },
      { role: 'user', content: 'user' },
    ]);
    const roles = await page
      .locator('.of-prompt [data-position]')
      .evaluateAll((cells) =>
        cells.map((one) => /said by (\w+)/.exec(one.getAttribute('aria-label') ?? '')?.[1] ?? null),
      );
    assert.deepEqual(
      roles,
      run?.input.prompt.tokens.map(({ role }) => role),
    );
    assert.ok(roles.includes('system') && roles.includes('user') && roles.includes(null));
    // Its link opens it with the same messages.
    await page.reload();
    await ended(page, '3 tokens');
    assert.equal(await page.getByLabel('Message 1', { exact: true }).inputValue(), 'the sea');
    assert.equal(await page.getByLabel('Who speaks in message 2').inputValue(), 'user');
    await page.getByRole('button', { name: 'Remove message 2' }).click();
    await page.getByRole('button', { name: 'Chat', exact: true }).click();
    assert.equal(await page.getByRole('textbox', { name: 'Prompt' }).inputValue(), 'the sea');
  });

  it('resumes after its connection was cut, with each token once', async () => {
    const { server } = explorer;
    const network = await Network.before(server.url);
    try {
      await using other = await openPage(new URL('/', network.url).href);
      await other.page.locator('.flow .status.ended').waitFor();
      server.queue.holdBefore = 0;
      const told: { seq: number; run: { id: string }; __typename: string }[] = [];
      other.page.on('websocket', (socket) =>
        socket.on('framereceived', ({ payload }) => {
          const event = JSON.parse(String(payload)).payload?.data?.runEvents;
          if (event?.seq !== undefined) told.push(event);
        }),
      );
      await choose(other.page, 'at most, in tokens', String(most + 3));
      await uncheck(other.page, 'ends with a token that ends an answer');
      await other.page.keyboard.press('Escape');
      // Whatever was connected before is cut, so that all of the run is told on connections that are watched.
      network.cut();
      await other.page.locator('.connection').waitFor();
      await other.page.locator('.connection').waitFor({ state: 'detached' });
      await answerButton(other.page).click();
      await status(other.page, `0 of at most ${most + 3} tokens`);
      network.isDown = true;
      network.cut();
      await other.page.locator('.answer .status').getByText('Connecting again').waitFor();
      release(server.queue);
      // All is told and stored before the page is back.
      const id = runIn(other.page);
      const events = await collect(server.client.followRun(id));
      network.isDown = false;
      await ended(other.page, `${most + 3} tokens`);
      const own = told.filter(({ run }) => run.id === id).map(({ seq }) => seq);
      assert.deepEqual(
        own,
        events.map((event) => ('seq' in event ? event.seq : undefined)),
      );
      const words = events.flatMap((event) => (event.__typename === 'TokenGenerated' ? [event.token.text] : []));
      assert.equal(await answered(other.page), words.length);
    } finally {
      network.close();
    }
  });

  it('leaves nothing on the console, and asks nobody but its server', () => {
    assert.deepEqual([explorer.errors, explorer.foreignRequests()], [[], []]);
  });
});

/** Bytes, of a server that has no model loaded yet: an answer of so many tokens fits, one of twice as many does not. */
async function roomFor(maxTokens: number): Promise<string> {
  const server = await startTestServer();
  try {
    const asked = { generation: { input: { ...input, maxTokens } } };
    const { estimate } = await server.client.request(EstimateDocument, { input: asked });
    assert.ok(estimate.__typename === 'Estimate');
    return String(Math.round(estimate.memory + 1e6));
  } finally {
    await server.close();
  }
}

function release(queue: OpenExplorer['server']['queue']): void {
  queue.holdBefore = -1;
  for (const gate of queue.gates) gate.release();
}

function answerButton(page: Page) {
  return page.getByRole('button', { name: 'Answer', exact: true });
}

/** Opens the options, where they are not, and fills one in. */
async function choose(page: Page, label: string, value: string): Promise<void> {
  await openOptions(page);
  await page.getByLabel(label).fill(value);
}

async function uncheck(page: Page, label: string): Promise<void> {
  await openOptions(page);
  await page.getByLabel(label).uncheck();
}

async function openOptions(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: /^How it answers/ });
  if ((await button.getAttribute('aria-expanded')) === 'false') await button.click();
  await page.locator('.answer-options').waitFor();
}

function backToPrompt(page: Page) {
  return page.getByRole('button', { name: 'Back to the prompt' });
}

/** A file of the heat map's menu. */
async function take(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name: /^Take answer\S* along/ }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name }).click()]);
  return readFile(await file.path(), 'utf8');
}

/** Of cells of the heat map, their colours as they are drawn, beside their figures. */
function shadesAt(
  page: Page,
  { left, top, cellWidth, cellHeight }: MatrixLayout,
  places: readonly { readonly index: number; readonly column: number }[],
): Promise<string[]> {
  return page.locator('.answer-matrix canvas').evaluate(
    (canvas, points) => {
      const context = (canvas as HTMLCanvasElement).getContext('2d');
      return points.map(([x, y]) => {
        const [r, g, b] =
          context?.getImageData(Math.round(x * devicePixelRatio), Math.round(y * devicePixelRatio), 1, 1).data ?? [];
        return `rgb(${r}, ${g}, ${b})`;
      });
    },
    places.map(({ index, column }) => [left + (column + 0.1) * cellWidth, top + (index + 0.15) * cellHeight] as const),
  );
}

function runIn(page: Page): string {
  return new URL(page.url()).searchParams.get('run') ?? '';
}

function cell(page: Page, position: number) {
  return page.locator(`.answer-text [data-position="${position}"]`);
}

/** How many tokens of the answer are there. */
function answered(page: Page): Promise<number> {
  return page.locator('.answer-text .of-answer [data-position]').count();
}

async function status(page: Page, words: string | RegExp): Promise<void> {
  await page.locator('.answer .status').getByText(words).waitFor();
}

async function ended(page: Page, words: string): Promise<void> {
  await page.locator('.answer .status.ended').getByText(words).waitFor();
}

/** Of each token that has one its figure, exactly. */
function values(page: Page): Promise<number[]> {
  return page
    .locator('.answer-text [data-value]')
    .evaluateAll((cells) => cells.map((one) => Number((one as HTMLElement).dataset.value)));
}

/** What is said of each token, and of all. */
async function everything(page: Page): Promise<(string | null)[]> {
  const labels = await page
    .locator('.answer-text [data-position]')
    .evaluateAll((cells) => cells.map((one) => one.getAttribute('aria-label')));
  return [...labels, await page.locator('.answer > .caption').textContent()];
}

async function stored({ page, server }: OpenExplorer) {
  const events = await collect(server.client.followRun(runIn(page)));
  return {
    tokens: events.filter((event): event is Told<'TokenGenerated'> => event.__typename === 'TokenGenerated'),
    rows: events.filter((event): event is Told<'TokenAttributed'> => event.__typename === 'TokenAttributed'),
  };
}

/** [answer token, prompt token], as the API has it. */
async function storedTrace({ page, server }: OpenExplorer) {
  const { run } = await server.client.request(AnswerToPromptDocument, { id: runIn(page) });
  assert.ok(run?.generation?.toPrompt);
  const { shares, untraced, answer } = run.generation.toPrompt;
  const values = Array.from(tensorValues(shares));
  const [rows = 0, width = 0] = shares.shape;
  assert.deepEqual([rows, width], [most, length]);
  const row = (index: number) => values.slice(index * width, (index + 1) * width);
  return { shares: Array.from({ length: rows }, (_, index) => row(index)), untraced, whole: answer };
}
