/** GraphiQL, as a reader has it: in a real browser, from a fresh profile. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { exampleTabs } from '../../src/server/examples.ts';
import { addKey } from '../support/api-keys.ts';
import { openBrowser } from '../support/browser.ts';
import { startTestServer, type TestServer } from './harness.ts';

/** Milliseconds for what a busy machine does in two seconds. */
const patience = 60_000;
/** Tall enough for an answer, of which the editor holds no more than is in sight. */
const viewport = { width: 1600, height: 6000 };

const browser = await openBrowser();

/** What an example is told at its end, or as a stream of states at once; of attributions and circulations that they passed. */
const told: Readonly<Record<string, RegExp>> = {
  Inside: /"entropy"/,
  Models: /"runs"/,
  Loading: /"removed"/,
  Following: /"missed":\sfalse/,
  WhatItTakes: /"withinBudget":\strue/,
};
const endless = new Set(['Loading', 'Following']);

describe('GraphiQL in a browser', { skip: typeof browser === 'string' && browser }, () => {
  let server: TestServer;
  let profile: BrowserContext;
  let page: Page;
  const faults: string[] = [];
  const asked = new Set<string>();
  before(async () => {
    server = await startTestServer();
    profile = await (browser as Browser).newContext({ viewport });
    profile.setDefaultTimeout(patience);
    page = await profile.newPage();
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('request', (request) => asked.add(new URL(request.url()).protocol + new URL(request.url()).host));
    await page.goto(server.url);
    await page.locator('.graphiql-execute-button').waitFor();
  });
  after(async () => {
    await (browser as Browser).close();
    await server.close();
  });

  const tabs = () => page.locator('.graphiql-tab');
  /** By the keyboard: a tab takes no click as fast as a test makes it, before its close button has come. */
  const openTab = (index: number) => page.locator('.graphiql-tab-button').nth(index).press('Enter');
  const open = () => page.locator('.graphiql-tab-active').innerText();
  /** Of an editor, with the spaces that it makes of those in the text. */
  const textIn = async (editor: string) =>
    (await page.locator(`${editor} .view-line`).allInnerTexts()).join('\n').replaceAll('\u00a0', ' ');
  /** GraphiQL writes down what it has a moment later. */
  const kept = (what: string) =>
    page.waitForFunction((text) => localStorage.getItem('graphiql:tabState')?.includes(text), what);
  const waitForText = async (editor: string, pattern: RegExp) => {
    const line = page.locator(`${editor} .view-lines`).filter({ hasText: pattern });
    await line.waitFor({ timeout: patience });
  };

  it('opens with the first example', async () => {
    assert.equal(await tabs().count(), exampleTabs.length);
    assert.equal(await open(), 'WhyMary');
    await waitForText('.graphiql-query-editor', /WhyMary/);
  });

  /** What is shown of those that have no audit. */
  for (const [index, { query }] of exampleTabs.entries()) {
    const [, name = ''] = query.match(/^(?:query|subscription) (\w+)/m) ?? [];
    it(`has an example that runs as it stands: ${name}`, async () => {
      await openTab(index);
      await waitForText('.graphiql-query-editor', new RegExp(name));
      // GraphiQL asks for the operation that it knew in the tab before, until it has read the document.
      await page.waitForFunction((expected) => {
        const { activeTabIndex, tabs } = JSON.parse(localStorage.getItem('graphiql:tabState') ?? '{}');
        return tabs?.[activeTabIndex]?.operationName === expected;
      }, name);
      // Which is the one that stops, while an answer is under way.
      await page.getByRole('button', { name: 'Execute query' }).click();
      await waitForText('.result-window', told[name] ?? /"passed":\strue/);
      assert.doesNotMatch(await textIn('.result-window'), /"errors"|"message"/);
      if (endless.has(name)) await page.getByRole('button', { name: 'Stop query' }).click();
    });
  }

  it('opens again with what was open, whether anything was edited or not', async () => {
    const paths = exampleTabs.findIndex(({ query }) => query.includes('query Paths'));
    await openTab(paths);
    await kept(`"activeTabIndex":${paths}`);
    await page.goto(server.url);
    await waitForText('.graphiql-query-editor', /Paths/);
    assert.deepEqual([await tabs().count(), await open()], [exampleTabs.length, 'Paths']);

    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText('query Mine { models { edges { node { name } } } }');
    await page.locator('.graphiql-tab-active', { hasText: 'Mine' }).waitFor();
    await kept('"title":"Mine"');
    await page.reload();
    await waitForText('.graphiql-query-editor', /Mine/);
    assert.deepEqual([await tabs().count(), await open()], [exampleTabs.length, 'Mine']);
  });

  it('opens a document that comes with the address beside them', async () => {
    await page.goto(`${server.url}?query=${encodeURIComponent('query Sent { __typename }')}`);
    await waitForText('.graphiql-query-editor', /Sent/);
    assert.deepEqual([await tabs().count(), await open()], [exampleTabs.length + 1, 'Sent']);
  });

  it('asks nobody but its server, and reports no fault', () => {
    const { host } = new URL(server.url);
    const others = [...asked].filter((one) => one !== `http:${host}` && !/^(blob|data):/.test(one));
    assert.deepEqual([others, faults], [[], []]);
  });

  it('sends a key from its headers with subscriptions too, and keeps it nowhere', async () => {
    const keyed = await startTestServer({ AUTH: 'keys' });
    const { text } = await addKey(keyed.settings.databaseUrl);
    const context = await (browser as Browser).newContext({ viewport });
    context.setDefaultTimeout(patience);
    try {
      const tab = await context.newPage();
      const query = 'subscription Sent { modelChanges { __typename } }';
      await tab.goto(`${keyed.url}?query=${encodeURIComponent(query)}`);
      const answer = (pattern: RegExp) =>
        tab.locator('.result-window .view-lines').filter({ hasText: pattern }).waitFor();
      // It asks for the schema, twice, and shows that it may not.
      await answer(/UNAUTHENTICATED/);
      await tab.waitForLoadState('networkidle');
      await tab.getByRole('button', { name: 'Headers' }).click();
      await tab.locator('.graphiql-editor-tool .monaco-editor').last().click();
      await tab.keyboard.insertText(JSON.stringify({ authorization: `Bearer ${text}` }));
      await tab.getByRole('button', { name: 'Execute query' }).click();
      await answer(/"ModelChanges"/);
      // It writes down what it keeps of all tabs when another one is opened.
      await tab.locator('.graphiql-tab-button').first().press('Enter');
      await tab.waitForFunction(() => localStorage.getItem('graphiql:tabState')?.includes('"activeTabIndex":0'));
      assert.equal(
        await tab.evaluate((secret) => JSON.stringify(localStorage).includes(secret), text.slice(-43)),
        false,
      );
    } finally {
      await context.close();
      await keyed.close();
    }
  });
});
