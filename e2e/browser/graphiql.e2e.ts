import { describeWithService } from '@agentos/platform/testing';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestServer } from '../harness/server.js';

describeWithService('chromium', 'GraphiQL in a browser', (executablePath) => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  const foreign: string[] = [];

  beforeAll(async () => {
    server = await TestServer.start();
    browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (/^(https?|wss?):$/.test(protocol) && host !== `127.0.0.1:${server.port}`) foreign.push(request.url());
    });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  /** Types into one of GraphiQL's editors, in place of what is there. */
  async function write(editor: string, text: string): Promise<void> {
    await page.locator(editor).click();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(text);
  }
  async function run(): Promise<void> {
    // GraphiQL reads what was typed after a pause.
    await page.waitForTimeout(1_500);
    await page.getByRole('button', { name: /Execute query/ }).click();
  }
  // The editor shows spaces that do not break.
  const result = async () =>
    (await page.locator('[aria-label="Result Window"]').textContent())?.replaceAll('\u00a0', ' ');

  it('opens, takes the key, runs a query, and remembers the key', async () => {
    await page.goto(server.url);
    await write(
      '.graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor',
      `{ "authorization": "Bearer ${server.key}" }`,
    );
    await write('[aria-label="Operation Editor"] .monaco-editor', '{ me { name permissions } }');
    await run();
    await expect.poll(result, { timeout: 30_000 }).toContain('memory:write');
    await page.reload();
    await write(
      '[aria-label="Operation Editor"] .monaco-editor',
      'mutation { storeMemory(input: { content: "The kettle is blue." }) { id content } }',
    );
    await run();
    await expect.poll(result, { timeout: 30_000 }).toContain('The kettle is blue.');
  });

  it('shows a subscription as it streams', async () => {
    await write(
      '[aria-label="Operation Editor"] .monaco-editor',
      'subscription Watch { executeStream(input: { runtime: NODEJS, code: "for (let n = 1; n <= 3; n++) console.log(\'line\', n)" }) { offset ... on ExecutionOutput { text } ... on ExecutionStatusChanged { status } } }',
    );
    await run();
    await expect.poll(result, { timeout: 30_000 }).toMatch(/SUCCEEDED/);
    await page.getByRole('button', { name: /Prettify/ }).click();
    if (process.env['AGENTOS_SCREENSHOTS']) await page.screenshot({ path: 'docs/images/graphiql.png' });
  });

  it('asks no other host for anything', () => {
    expect(foreign).toEqual([]);
  });
});
