/** The question as it is put together in the page, against what the API says of it. */
import assert from 'node:assert/strict';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { print } from 'graphql';
import type { Locator, Page } from 'playwright-core';
import {
  CancelRunDocument,
  EstimateDocument,
  LogitAttributionDocument,
  RunDocument,
  type RunFilter,
  RunsDocument,
  StartLogitAttributionDocument,
  TargetCandidatesDocument,
  TokenizeDocument,
  type TokenPartsFragment,
} from '../../src/client/generated/graphql.ts';
import { sampleFolder } from '../server/harness.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const example = 'When Mary and John went to the store, John gave a drink to';

describe('the prompt', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  let page: Page;
  before(async () => {
    explorer = await openExplorer({ variables: { WORKERS: '1' } });
    ({ page } = explorer);
    await completed(page);
  });
  after(() => explorer[Symbol.asyncDispose]());

  it('opens with the example explained: its tokens, its target, and the probability that the API gives it', async () => {
    assert.equal(await page.getByLabel('Prompt', { exact: true }).inputValue(), example);
    assert.deepEqual(await shownTokens(page), texts(await tokensOf(example)));
    const { logitAttribution: answer } = await explorer.server.client.request(LogitAttributionDocument, {
      input: {
        model: 'sample',
        prompt: { text: example },
        target: { token: { text: ' Mary' }, against: { text: ' John' } },
      },
    });
    assert.ok(answer.__typename === 'LogitAttribution');
    assert.equal(await target().inputValue(), '·Mary');
    const probability = page.locator('.combobox:has([data-field="target.token"]) > .quiet');
    assert.equal(await probability.getAttribute('title'), String(answer.target.probability));
    await page.locator('.bar').getByRole('button', { name: 'Model: sample 2.3 M parameters, ready' }).waitFor();
  });

  it('lists the likeliest tokens as targetCandidates does, and what a text may mean', async () => {
    await target().click();
    assert.deepEqual(await offered(20), (await candidatesOf('Mary')).likeliest);
    await target().fill('mary');
    const { candidates } = await candidatesOf('mary');
    await page.locator('.combobox [role="option"]').nth(candidates.length).waitFor({ state: 'detached' });
    assert.deepEqual(await offered(candidates.length), candidates);
    await target().press('Escape');
    assert.equal(await target().inputValue(), '·Mary');
  });

  it('says of a text that is several tokens which they are, with their probabilities', async () => {
    const { estimate } = await explorer.server.client.request(EstimateDocument, {
      input: {
        logitAttribution: {
          input: { model: 'sample', prompt: { text: example }, target: { token: { text: 'Zanzibar' } } },
        },
      },
    });
    assert.ok(estimate.__typename === 'TargetError');
    await target().fill('Zanzibar');
    await page.getByText("'Zanzibar' is no single token. It is made of these:").waitFor();
    assert.deepEqual(await offered(estimate.candidates.length), estimate.candidates.map(figuresOf));
    await target().press('ArrowDown');
    await target().press('Enter');
    assert.equal(await target().inputValue(), estimate.candidates[1]?.token.text);
  });

  it('goes back to the top choice when it is cleared, which is told once it is known', async () => {
    await page.getByLabel('Clear: Token that is explained').click();
    await page.getByLabel('Clear: Token that it is contrasted with').click();
    assert.equal(await target().getAttribute('placeholder'), 'its top choice');
    await page.getByText('Edited: the answer below is to the previous question.').waitFor();
    await page.getByLabel('Prompt', { exact: true }).press('Control+Enter');
    await page.locator('[placeholder="·Mary (top choice)"]').waitFor();
    assert.deepEqual(await askedTarget(), { position: 13, token: null, against: null, kind: 'LOGIT', span: null });
  });

  it('is asked at the position that is chosen among its tokens with the keyboard alone', async () => {
    // Those of the answer stand below it.
    assert.equal(await page.locator('.token-strip').isVisible(), false);
    await page.getByRole('button', { name: /to the last$/ }).press('Enter');
    await page.locator('.token-strip [aria-selected="true"]:focus').waitFor();
    for (const key of ['ArrowLeft', 'ArrowLeft', 'Enter', 'Control+Enter']) await page.keyboard.press(key);
    assert.equal((await askedTarget()).position, 11);
    assert.equal(await page.locator('.token-strip [aria-selected="true"]').getAttribute('data-position'), '11');
  });

  it('shows a text with HTML and script in it as text, with its ids on demand', async () => {
    const text = 'a <script>document.title = "broken"</script>\n<img src=x onerror="document.title = 1">';
    await page.getByLabel('Prompt', { exact: true }).fill(text);
    const tokens = await tokensOf(text);
    await tokenCount(tokens.length);
    assert.deepEqual(await shownTokens(page), texts(tokens));
    await page.getByLabel('ids').check();
    assert.deepEqual(
      await page.locator('.token-strip [role="option"] small').allTextContents(),
      tokens.map(({ tokenId }) => String(tokenId)),
    );
    await page.getByLabel('ids').uncheck();
    assert.equal(await page.title(), 'Tributary');
    assert.equal(await page.locator('main script, main img').count(), 0);
  });

  it('shows a thousand tokens as they are, typing goes on in them, and what is too long is said', async () => {
    const text = 'The cat sat on the mat. '.repeat(150);
    await page.getByLabel('Prompt', { exact: true }).fill(text);
    await page.keyboard.press('Control+End');
    await page.keyboard.type('Then');
    const tokens = await tokensOf(`${text}Then`);
    assert.ok(tokens.length > 1000);
    await tokenCount(tokens.length);
    assert.deepEqual(await shownTokens(page), texts(tokens));
    await page.getByText(`${tokens.length} tokens: the model reads at most 256`).waitFor();
    await page.getByText(`Too long by ${tokens.length - 256} tokens`).waitFor();
  });

  it('shows how far a run is, and stops it', async () => {
    const { queue } = explorer.server;
    queue.watched = ['attribution'];
    queue.holdBefore = 2;
    await page.getByLabel('Prompt', { exact: true }).fill('The capital of France is');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.getByText('Up through the model: 2 of 4 layers').waitFor();
    await page.locator('.explain').getByRole('button', { name: 'Stop' }).click();
    letGo();
    await page.locator('main > .notice').getByText('The run was stopped before it had its answer.').waitFor();
    await page.getByRole('button', { name: 'Explain it again' }).click();
    await completed(page);
  });

  it('says where in the queue a run waits, also when others before it are gone', async () => {
    const { queue, client } = explorer.server;
    await idle();
    queue.watched = ['attribution'];
    queue.holdBefore = 0;
    const ids: string[] = [];
    // From where the page asks: clients take turns. Of one client the shorter work comes first.
    for (const text of ['One', 'Two']) ids.push(await startedByPage(text));
    await page.getByLabel('Prompt', { exact: true }).fill('The capital of Italy is '.repeat(20).trim());
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.getByText(/Waiting: second in line, about/).waitFor();
    await client.request(CancelRunDocument, { id: ids[1] as string });
    await page.getByText(/Waiting: next in line, about/).waitFor();
    letGo();
    await completed(page);
  });

  it('compares with another method, beside', async () => {
    await page.getByLabel('Compare with').selectOption({ label: 'Occlusion' });
    await page.waitForURL(/beside=/);
    const { run } = await explorer.server.client.request(RunDocument, { id: parameter(page, 'beside') });
    assert.ok(run?.input.__typename === 'LogitAttributionRequest');
    assert.equal(run.input.method, 'OCCLUSION');
    await page.getByRole('button', { name: 'Close Occlusion' }).click();
    await page.waitForURL((url) => !url.searchParams.has('beside'));
  });

  it('leads to the option that was refused', async () => {
    await page.getByRole('button', { name: /^Method and options/ }).click();
    await page.getByRole('radio', { name: /^Integrated gradients/ }).click();
    await page.locator('[data-field="options.steps"]').fill('900');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.locator('main > [role="alert"]').getByText('`steps` is a whole number from 1 to 256, not 900').waitFor();
    await page.locator('[data-field="options.steps"]:focus').waitFor();
  });

  it('shows broken models with the reason, not to be chosen; another one keeps the prompt', async () => {
    const { models } = explorer.server;
    const kept = await page.getByLabel('Prompt', { exact: true }).inputValue();
    await mkdir(join(models, 'damaged'));
    await cp(join(sampleFolder, 'config.json'), join(models, 'damaged', 'config.json'));
    await page.locator('.bar .popover > button').click();
    const damaged = page.getByRole('radio', { name: 'damaged' });
    await damaged.waitFor();
    assert.equal(await damaged.isDisabled(), true);
    await page.getByText('damaged holds no weights').waitFor();
    await page.getByRole('radio', { name: 'llama' }).click();
    assert.equal(await page.getByLabel('Prompt', { exact: true }).inputValue(), kept);
    const tokens = await tokensOf(kept, 'llama');
    await tokenCount(tokens.length);
    assert.deepEqual(await shownTokens(page), texts(tokens));
  });

  it('offers what a refused target may be, and to do without it', async () => {
    const llama = { model: 'llama', prompt: { text: 'The' }, target: { token: { text: 'Zanzibar' } } };
    const { estimate } = await explorer.server.client.request(EstimateDocument, {
      input: { logitAttribution: { input: llama } },
    });
    assert.ok(estimate.__typename === 'TargetError');
    await page.getByRole('button', { name: /^Method and options/ }).click();
    await page.getByRole('radio', { name: /^Frozen/ }).click();
    await page.getByLabel('Prompt', { exact: true }).fill('The');
    // Entered before it is known that it is several tokens.
    await target().fill('Zanzibar');
    await target().press('Enter');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    const refusal = page.locator('main > [role="alert"]').filter({ hasText: estimate.message });
    await refusal.waitFor();
    assert.deepEqual(
      await refusal.locator('.token-text').allTextContents(),
      estimate.candidates.map(({ token }) => token.text.replaceAll(' ', '·')),
    );
    await refusal.getByRole('button', { name: 'Ask without it' }).click();
    await completed(page);
    assert.equal((await askedTarget()).token, null);
    assert.deepEqual(explorer.errors, []);
  });

  const target = () => page.getByRole('combobox', { name: 'Token that is explained' });

  const tokenCount = (count: number) =>
    page.waitForFunction(
      (wanted) => document.querySelectorAll('.token-strip [role="option"]').length === wanted,
      count,
    );

  async function tokensOf(text: string, name = 'sample'): Promise<readonly TokenPartsFragment[]> {
    const { model } = await explorer.server.client.request(TokenizeDocument, { model: name, text });
    assert.ok(model?.__typename === 'Model' && model.tokenize);
    return model.tokenize;
  }

  /** As `targetCandidates` gives them for the example. */
  async function candidatesOf(text: string) {
    const { targetCandidates: told } = await explorer.server.client.request(TargetCandidatesDocument, {
      input: { model: 'sample', prompt: { text: example }, text },
      top: 20,
    });
    assert.ok(told.__typename === 'TargetCandidates' && told.likeliest);
    return { candidates: told.candidates.map(figuresOf), likeliest: told.likeliest.map(figuresOf) };
  }

  /** Of the list that is open. */
  async function offered(count: number) {
    const options: Locator = page.locator('.combobox [role="option"]');
    await options.nth(count - 1).waitFor();
    return options.evaluateAll((all) =>
      all.map((option) => ({
        tokenId: Number((option as HTMLElement).dataset.tokenId),
        probability: Number((option.querySelector('.number') as HTMLElement).title.replace('−', '-')),
      })),
    );
  }

  /** Views ask for attributions too. */
  function letGo(): void {
    const { queue } = explorer.server;
    queue.watched = [];
    for (const gate of queue.gates) gate.release();
  }

  /** Once no run is under way: the way of the tokens is followed after the attribution. */
  async function idle(): Promise<void> {
    const filter: RunFilter = { statuses: ['QUEUED', 'RUNNING'] };
    while ((await explorer.server.client.request(RunsDocument, { filter })).runs?.edges.length)
      await page.waitForTimeout(50);
  }

  async function startedByPage(text: string): Promise<string> {
    const variables = { input: { model: 'sample', prompt: { text } } };
    const body = JSON.stringify({ query: print(StartLogitAttributionDocument), variables });
    const { data } = await page.evaluate(async (asked) => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch('/graphql', { method: 'POST', headers, body: asked })).json();
    }, body);
    return data.startLogitAttribution.run.id;
  }

  async function askedTarget() {
    await completed(page);
    const { run } = await explorer.server.client.request(RunDocument, { id: parameter(page, 'run') });
    assert.ok(run);
    return run.input.target;
  }
});

describe('the prompt of another page', { skip: noBrowser }, () => {
  it('shows the question of the run that a link names, token by token', async () => {
    await using explorer = await openExplorer();
    const { client } = explorer.server;
    const tokenIds = [40, 41, 42, 43, 44];
    const { startLogitAttribution: started } = await client.request(StartLogitAttributionDocument, {
      input: {
        model: 'sample',
        prompt: { tokenIds },
        target: { position: 2, token: { tokenId: 50 }, kind: 'PROBABILITY' },
        method: 'INTEGRATED_GRADIENTS',
        options: { steps: 4 },
      },
    });
    assert.ok(started.__typename === 'RunPayload');
    const { page } = explorer;
    await page.goto(`${explorer.url}?run=${encodeURIComponent(started.run.id)}`);
    await page.getByRole('button', { name: 'Integrated gradients of its probability' }).waitFor();
    const { run } = await client.request(RunDocument, { id: started.run.id });
    assert.ok(run);
    assert.deepEqual(await shownTokens(page), texts(run.input.prompt.tokens));
    assert.equal(await page.getByLabel('Prompt', { exact: true }).inputValue(), run.input.prompt.text);
    assert.equal(await page.locator('.token-strip [aria-selected="true"]').getAttribute('data-position'), '2');
    await completed(page);
    assert.equal(await page.getByText('Edited:').count(), 0);
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await completed(page);
    assert.equal(parameter(page, 'run'), started.run.id);
  });

  it('says of a draft over budget what it would take, and of no models how one is added', async () => {
    await using models = await temporaryFolder();
    await using explorer = await openExplorer({ variables: { MAX_RUN_TIME: '0.000001', MODELS_DIR: models.path } });
    const { page } = explorer;
    await page.getByText('npm run models -- add').waitFor();
    await cp(sampleFolder, join(models.path, 'sample'), { recursive: true });
    await page
      .getByRole('alert')
      .getByText(/This would take .*, where the server allows < 1 ms/)
      .waitFor();
    assert.equal(await page.getByText('npm run models -- add').count(), 0);
  });
});

/** Once what was asked has its answer, and its address. */
async function completed(page: Page): Promise<void> {
  await page.locator('.explain .under-way').waitFor({ state: 'detached' });
  await page.locator('.explain p').first().waitFor();
  await page.waitForURL(/run=/);
}

function parameter(page: Page, name: string): string {
  return new URL(page.url()).searchParams.get(name) ?? '';
}

/** Once the server has split the prompt. */
async function shownTokens(page: Page): Promise<string[]> {
  await page
    .locator('.token-strip [role="listbox"][aria-busy="false"] [role="option"]')
    .first()
    .waitFor({ state: 'attached' });
  return page.locator('.token-strip [role="option"] .token-text').allTextContents();
}

function texts(tokens: readonly TokenPartsFragment[]): string[] {
  return tokens.map(({ text }) => text.replaceAll(' ', '·').replaceAll('\n', '⏎'));
}

function figuresOf({ token: { tokenId }, probability }: { token: { tokenId: number }; probability: number | null }) {
  return { tokenId, probability };
}
