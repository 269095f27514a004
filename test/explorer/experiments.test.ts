/** Experiments, in a real browser: made, swept, looked through, compared. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import {
  CompareGroupsDocument,
  ExperimentDocument,
  ExperimentRunTableDocument,
  ExperimentSweepsDocument,
} from '../../src/client/generated/graphql.ts';
import { percent, signed } from '../../src/explorer/format/number.ts';
import { violations } from '../support/axe.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';

const name = 'names & <b>places</b>';
const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

describe('Experiments in the explorer', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  let page: Page;
  before(async () => {
    explorer = await openExplorer({ path: '/?experiments', context: { reducedMotion: 'reduce' } });
    page = explorer.page;
  });
  after(() => explorer?.[Symbol.asyncDispose]());

  const ask = <Result>(request: (client: OpenExplorer['server']['client']) => Promise<Result>) =>
    request(explorer.server.client);
  const tab = (title: string) => page.getByRole('tab', { name: title, exact: true }).click();
  const rows = () => page.locator('.run-table .row');
  const told = async () => {
    const { experiment } = await ask((client) => client.request(ExperimentDocument, { name }));
    assert.ok(experiment);
    return experiment;
  };
  /** In daylight on a desk, and in the dark on a phone. */
  const isForEveryone = async (where: string) => {
    for (const [colorScheme, size] of [
      ['light', desktop],
      ['dark', phone],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(size);
      await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, colorScheme);
      assert.deepEqual(await violations(page), [], `${where}, ${colorScheme}`);
      const [scroll, client] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      assert.equal(scroll, client, `${where}, ${size.width} pixels: the page scrolls sideways`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(desktop);
  };

  it('say what to do where there are none, and ask for no example meanwhile', async () => {
    await page.getByText('There is none yet').waitFor();
    await isForEveryone('no experiment');
    assert.equal(await page.locator('.tokens').count(), 0);
  });

  it('are made with a name, tags and what they are to find out, all of which is text', async () => {
    await page.getByRole('button', { name: 'Make the first' }).click();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Tags, with commas between').fill('ioi, heads, ioi');
    await page.getByLabel('What it is to find out').fill('Which heads move the name?');
    await isForEveryone('new experiment');
    await page.getByRole('button', { name: 'Make experiment' }).click();
    await page.getByRole('heading', { name }).waitFor();
    const { description, tags } = await told();
    assert.deepEqual([description, [...tags].sort()], ['Which heads move the name?', ['heads', 'ioi']]);
    assert.equal(await page.locator('b', { hasText: /^places$/ }).count(), 0);
    assert.equal(new URL(page.url()).searchParams.get('experiment'), name);
  });

  it('take prompts from a file, and say what is wrong in one', async () => {
    await page.getByRole('button', { name: 'From a file' }).click();
    await page.getByText('Choose a file first.').waitFor();
    const file = (text: string) => ({ name: 'capitals.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await page.getByLabel('File').setInputFiles(file('prompt,answer\nThe capital of France is'));
    await page.getByRole('alert').waitFor();
    await page
      .getByLabel('File')
      .setInputFiles(file('prompt,answer\nThe capital of France is, Paris\nThe capital of Italy is, Rome\n'));
    await page.getByText('capitals.csv: 2 rows, with {prompt}, {answer}').waitFor();
    await page.getByLabel('Token of target 1').fill('');
    await page.getByLabel('What target 1 is contrasted with').fill('');
    await page.getByText('2 rows: about').waitFor();
    await isForEveryone('new sweep of a file');
    await page.getByLabel('Token of target 1').fill(' {a}');
    await page.getByLabel('What target 1 is contrasted with').fill(' {b}');
    await page.getByRole('button', { name: 'From a template' }).click();
  });

  it('tell what a sweep would take before it is started, and why it cannot be yet', async () => {
    const start = page.getByRole('button', { name: 'Start the sweep' });
    await page.getByText('180 rows: about').waitFor();
    assert.match(await page.locator('.examples li').first().innerText(), /When Mary and John went to the store/);
    await isForEveryone('new sweep');
    await page.getByLabel('Values of object').fill('');
    await page.getByText('The slot {object} has no values yet.').waitFor();
    assert.equal(await start.isDisabled(), true);
    await page.getByLabel('Values of object').fill('drink');
    await page
      .getByRole('textbox', { name: /^Prompt/ })
      .fill('When {a} and {b} went to the {place}, {b} gave a {object} to {c}');
    await page.getByText('The slot {c} has no values yet.').waitFor();
    await page
      .getByRole('textbox', { name: /^Prompt/ })
      .fill('When {a} and {b} went to the {place}, {b} gave a {object} to');
    await page.getByText('90 rows: about').waitFor();
    await page.getByLabel('Occlusion').check();
    await page.getByLabel('drawn:').check();
    await page.getByLabel('How many are drawn').fill('40');
    await page.getByText('80 rows: about').waitFor();
  });

  it('start it, and follow it to its end, also after the page was loaded again', async () => {
    await page.getByRole('button', { name: 'Start the sweep' }).click();
    await page.getByRole('heading', { name }).waitFor();
    await page.waitForURL(/sweep=/);
    await page.reload();
    const sweep = page.getByRole('region', { name: 'Sweep 1' });
    await sweep.getByText('completed in').waitFor();
    await sweep.getByText('80 of 80 rows: 80 answered').waitFor();
    assert.equal(await sweep.getByRole('button', { expanded: true }).count(), 1, 'it is open still');
    await sweep.locator('tbody tr').first().waitFor();
    await isForEveryone('sweeps');
    const { experiment } = await ask((client) => client.request(ExperimentSweepsDocument, { name }));
    assert.equal(experiment?.sweeps?.edges[0]?.node.done, 80);
  });

  it('say what the runs come to, as the server has it', async () => {
    const { aggregates } = await told();
    assert.equal(aggregates.count, 80);
    const frozen = aggregates.byMethod.find(({ method }) => method === 'FROZEN');
    const header = page.locator('.told');
    await header.getByText('80 runs', { exact: false }).first().waitFor();
    const text = await header.innerText();
    assert.match(text, /80 completed/);
    assert.ok(text.includes(signed(frozen?.meanScore ?? Number.NaN)), text);
    assert.ok(text.includes(`${percent(aggregates.auditsPassed ?? Number.NaN)} of 80`), text);
  });

  it('list the runs in sight with their figures, and read on as they are scrolled through', async () => {
    await tab('Runs');
    await rows().first().waitFor();
    const { runs } = await ask((client) =>
      client.request(ExperimentRunTableDocument, { first: 1, filter: { experiment: name } }),
    );
    const newest = runs?.edges[0]?.node;
    assert.ok(newest);
    const first = rows().first();
    assert.equal(await first.getAttribute('data-run'), newest.id);
    const cell = (column: string) => first.locator(`[data-column=${column}]`).innerText();
    assert.equal(await cell('slots'), newest.slots.map(({ value }) => value).join(' · '));
    assert.equal(await cell('score'), signed(newest.score ?? Number.NaN));
    assert.equal(await cell('rank'), String(newest.targetRank));
    assert.equal(await cell('probability'), percent(newest.targetProbability ?? Number.NaN));
    assert.equal(await cell('audit'), newest.auditPassed ? 'passed' : 'failed');
    await isForEveryone('runs');
    const seen = new Set<string>();
    for (let step = 0; step < 60 && seen.size < 80; step++) {
      const drawn = await rows().evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset.run ?? ''));
      assert.ok(drawn.length < 45, `${drawn.length} rows are drawn`);
      for (const id of drawn) seen.add(id);
      await page.locator('.run-table').evaluate((box) => box.scrollBy(0, 400));
      await page.waitForTimeout(50);
    }
    assert.equal(seen.size, 80);
    await page.locator('.run-table').evaluate((box) => box.scrollTo(0, 0));
  });

  it('are sorted by a figure: it is said of how many, until all are read', async () => {
    await page.reload();
    await rows().first().waitFor();
    await page.getByRole('columnheader', { name: 'Score' }).getByRole('button').click();
    await page.getByText('Sorted are the 50 that have been read, of 80.').waitFor();
    await page.getByRole('button', { name: 'Read them all' }).click();
    await page.getByText('80 runs', { exact: true }).waitFor();
    const scores = async () =>
      (
        await page
          .locator('.run-table [data-column=score] span')
          .evaluateAll((all) => all.map((one) => (one as HTMLElement).title))
      )
        .slice(0, 10)
        .map((title) => Number(title.replace('−', '-')));
    const { runs } = await ask((client) =>
      client.request(ExperimentRunTableDocument, { first: 100, filter: { experiment: name } }),
    );
    const all = (runs?.edges ?? []).map(({ node }) => node.score ?? 0).sort((one, other) => other - one);
    assert.deepEqual(await scores(), all.slice(0, 10));
    const header = page.getByRole('columnheader', { name: 'Score' });
    assert.equal(await header.getAttribute('aria-sort'), 'descending');
    await page.getByRole('columnheader', { name: 'Asked' }).getByRole('button').click();
    await page.getByRole('columnheader', { name: 'Asked' }).getByRole('button').click();
    await page.waitForURL(/sort=asked-up/);
    const oldest = await ask((client) =>
      client.request(ExperimentRunTableDocument, { last: 1, filter: { experiment: name } }),
    );
    await page.locator(`.run-table .row[data-run="${oldest.runs?.edges[0]?.node.id}"]`).waitFor();
    assert.equal(await rows().first().getAttribute('data-run'), oldest.runs?.edges[0]?.node.id);
  });

  it('are filtered by the server, and taken along as what is shown', async () => {
    await page.locator('.experiment').getByLabel('Method').selectOption('OCCLUSION');
    await page.getByText('40 runs', { exact: true }).waitFor();
    assert.deepEqual(
      new Set(await page.locator('.run-table [data-column=method]').allInnerTexts()),
      new Set(['Occlusion']),
    );
    const href = (await page.getByRole('link', { name: 'Parquet' }).getAttribute('href')) ?? '';
    const { pathname, searchParams } = new URL(href, page.url());
    assert.equal(pathname, '/runs.parquet');
    assert.deepEqual(Object.fromEntries(searchParams), { experiment: name, method: 'OCCLUSION' });
    await page.goBack();
    await page.getByText('80 runs', { exact: true }).waitFor();
  });

  it('are walked through by keys: one stop of the tab key, arrows within', async () => {
    const at = () => page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-cell]')?.dataset.cell);
    await rows().first().locator('.open').focus();
    assert.equal(await at(), '1:1');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    assert.equal(await at(), '2:2');
    for (let times = 0; times < 4; times++) await page.keyboard.press('PageDown');
    assert.equal(await at(), '42:2');
    await page.keyboard.press('Control+Home');
    assert.equal(await at(), '0:0');
    assert.equal(await page.locator('.run-table').evaluate((box) => box.scrollTop), 0);
    assert.equal(await page.locator('.run-table [tabindex="0"]').count(), 1);
  });

  it('pin runs and keep notes, which the server has then', async () => {
    const id = (await rows().first().getAttribute('data-run')) ?? '';
    const row = page.locator(`.run-table [data-run="${id}"]`);
    const stored = async () => {
      const { runs } = await ask((client) =>
        client.request(ExperimentRunTableDocument, { last: 100, filter: { experiment: name } }),
      );
      return runs?.edges.find(({ node }) => node.id === id)?.node;
    };
    await row.getByRole('button', { name: /^Pinned/ }).click();
    await page.locator(`[data-run="${id}"] [aria-pressed="true"]`).waitFor();
    await row.locator('[data-column=note] button').click();
    await page.keyboard.type('odd one <i>');
    await page.keyboard.press('Enter');
    await row.getByRole('button', { name: 'odd one <i>' }).waitFor();
    const run = await stored();
    assert.deepEqual([run?.pinned, run?.note], [true, 'odd one <i>']);
    await row.locator('[data-column=note] button').click();
    await page.keyboard.type('nothing');
    await page.keyboard.press('Escape');
    await row.getByRole('button', { name: 'odd one <i>' }).waitFor();
  });

  it('let a run go, and take it back', async () => {
    const id = await rows().first().getAttribute('data-run');
    await rows().first().getByRole('button', { name: 'Take it out of the experiment' }).click();
    await page.locator(`.run-table [data-run="${id}"]`).waitFor({ state: 'detached' });
    await page.getByText('Taken out of the experiment').waitFor();
    assert.equal((await told()).aggregates.count, 79);
    await page.getByRole('button', { name: 'Put it back' }).click();
    await page.locator(`.run-table [data-run="${id}"]`).waitFor();
    assert.equal((await told()).aggregates.count, 80);
  });

  it('open a run where all runs are opened, and come back to where they were', async () => {
    const before = page.url();
    const id = (await rows().first().getAttribute('data-run')) ?? '';
    await rows().first().locator('.open').click();
    await page.locator('.tokens .sum').waitFor();
    assert.equal(new URL(page.url()).searchParams.get('run'), id);
    await page.getByRole('button', { name: 'Experiments' }).click();
    await rows().first().waitFor();
    assert.equal(page.url(), before);
    await page.goBack();
    await page.locator('.tokens .sum').waitFor();
    await page.goBack();
    await rows().first().waitFor();
  });

  it('compare two methods: in words, with the figures of the server, and every run drawn', async () => {
    await tab('Compare');
    await page.getByText('Choose two groups of runs').waitFor();
    await page.getByLabel('Method of the first group').selectOption('FROZEN');
    await page.getByLabel('With what').selectOption('group');
    await page.getByLabel('Method of the second group').selectOption('OCCLUSION');
    await page.getByLabel('How runs are paired').selectOption('SLOTS');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.locator('.compared .picture circle').first().waitFor();
    const group = (method: 'FROZEN' | 'OCCLUSION') => ({ filter: { experiment: name, methods: [method] } });
    const { compareGroups: answer } = await ask((client) =>
      client.request(CompareGroupsDocument, {
        input: {
          a: group('FROZEN'),
          b: group('OCCLUSION'),
          pairBy: 'SLOTS',
          pairSlots: ['a', 'b', 'place', 'object'],
          figures: [{ score: true }],
        },
      }),
    );
    assert.ok('figures' in answer, JSON.stringify(answer));
    const caption = await page.locator('.compared .caption').innerText();
    assert.ok(
      caption.includes(`“Frozen” has ${signed(answer.figures[0]?.a.mean ?? Number.NaN)} on average (40 runs)`),
      caption,
    );
    assert.match(caption, /40 pairs\./);
    // Those of both groups, and one for the difference.
    assert.equal(await page.locator('.compared .picture circle').count(), 81);
    await isForEveryone('comparison');
  });

  it('show every head by its difference, and one of them in depth; the link has it', async () => {
    await page.getByLabel('With what').selectOption('zero');
    await page.getByLabel('Figure', { exact: true }).selectOption('heads');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    const grid = page.getByRole('grid', { name: 'Heads by their difference: layers by heads' });
    await grid.waitFor();
    const { compareGroups: answer } = await ask((client) =>
      client.request(CompareGroupsDocument, {
        input: { a: { filter: { experiment: name, methods: ['FROZEN'] } }, figures: [{ heads: true }] },
      }),
    );
    assert.ok('figures' in answer);
    const marked = await grid.locator('[data-significant=true]').count();
    assert.equal(marked, answer.figures.filter(({ adjustedPValue }) => adjustedPValue < 0.05).length);
    assert.match(await page.locator('.compared > .sized > .caption').innerText(), new RegExp(`^${marked} of 24 heads`));
    await grid.locator('[data-layer="0"][data-head="0"]').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Head 1 of layer 1' }).locator('circle').first().waitFor();
    await isForEveryone('heads');
    const link = page.url();
    await page.goto(explorer.url);
    await page.locator('.tokens .sum').waitFor();
    await page.goto(link);
    await grid.waitFor();
  });

  it('say what the server says where a comparison is refused', async () => {
    await page.getByLabel('Method of the first group').selectOption('OCCLUSION');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.locator('.compared .notice, .compared .caption').first().waitFor();
    assert.match(await page.locator('.compared').innerText(), /nothing to compare|head/i);
  });

  it('are renamed, listed with what they come to, and deleted without their runs', async () => {
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Name', { exact: true }).fill('renamed');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'renamed' }).waitFor();
    await page.getByRole('link', { name: 'All experiments' }).click();
    const row = page.locator('.experiment-list tbody tr');
    await row.getByRole('link', { name: 'renamed' }).waitFor();
    assert.match(await row.innerText(), /80\s+Frozen/);
    await isForEveryone('list of experiments');
    await page.getByLabel('Part of the name').fill('no such');
    await page.getByText('No experiment is called or tagged like that').waitFor();
    await page.getByLabel('Part of the name').fill('NAMED');
    await row.getByRole('link', { name: 'renamed' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page
      .getByRole('group', { name: /Its runs stay/ })
      .getByRole('button', { name: 'Delete' })
      .click();
    await page.getByText('There is none yet').waitFor();
    const { runs } = await ask((client) => client.request(ExperimentRunTableDocument, { first: 100 }));
    assert.ok((runs?.edges.length ?? 0) >= 80);
    await page.goBack();
    await page.getByText('There is no experiment “renamed”').waitFor();
  });

  it('stop a sweep, and go on with it through a lost connection', async () => {
    await page.getByRole('button', { name: 'Make it' }).click();
    await tab('Sweeps');
    await page.getByLabel('Integrated gradients').check();
    await page.getByText(/rows.*: about/).waitFor();
    await page.getByRole('button', { name: 'Start the sweep' }).click();
    const sweep = page.getByRole('region', { name: 'Sweep 1' });
    await sweep.getByRole('button', { name: 'Cancel' }).click();
    await sweep.getByText('cancelled').waitFor();
    assert.match(await sweep.locator('.how').innerText(), / left$/);
    await sweep.getByRole('button', { name: 'Resume' }).click();
    await sweep.getByText('running').waitFor();
    await page.context().setOffline(true);
    await page.getByText('The connection was lost').waitFor();
    await page.context().setOffline(false);
    await sweep.getByText('completed in').waitFor();
    assert.doesNotMatch(await sweep.locator('.how').innerText(), /left|failed/);
    await page.getByRole('heading', { name: 'renamed' }).waitFor();
  });

  it('are used without an error on the console', () => {
    // The browser itself says that of the file that was refused, and of the lost connection.
    const expected = ['400 (Bad Request)', 'ERR_INTERNET_DISCONNECTED'];
    assert.deepEqual(
      explorer.errors.filter((error) => !expected.some((part) => error.includes(part))),
      [],
    );
  });
});
