import { readFile } from 'node:fs/promises';
import { describeWithService } from '@agentos/platform/testing';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestServer } from '../harness/server.js';

const root = new URL('../../', import.meta.url);
/** What the page may load, and where it is: the built client and its one dependency, with no bundler between. */
const folders = { '/sdk/': 'sdk/typescript/dist/', '/graphql-ws/': 'node_modules/graphql-ws/dist/' };
const html = `<!doctype html><script type="importmap">{"imports":{"graphql-ws/client":"/graphql-ws/client.js"}}</script>`;

describeWithService('chromium', 'the SDK in a browser', (executablePath) => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await TestServer.start();
    // A page that was not loaded from loopback, as one made up below, may not open connections to it otherwise.
    const args = ['--no-sandbox', '--disable-gpu', '--disable-features=LocalNetworkAccessChecks'];
    browser = await chromium.launch({ executablePath, args });
    page = await browser.newPage();
    // The page has the server's own origin, as one that the server itself served would have.
    await page.route(`${server.url}/page`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
    for (const [path, folder] of Object.entries(folders)) {
      await page.route(`${server.url}${path}**`, async (route) => {
        const file = new URL(`${folder}${new URL(route.request().url()).pathname.slice(path.length)}`, root);
        await route.fulfill({ contentType: 'text/javascript', body: await readFile(file) });
      });
    }
    await page.goto(`${server.url}/page`);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  /** Runs a function's body in the page, with a client as `agentos`. */
  const inPage = (body: string) =>
    page.evaluate(`(async () => {
      const { AgentOS } = await import('/sdk/index.js');
      const agentos = new AgentOS({ url: location.origin, apiKey: ${JSON.stringify(server.key)} });
      try { ${body} } finally { agentos.close(); }
    })()`);

  it('stores and finds a memory', async () => {
    const found = inPage(`
      await agentos.memory.store('The kettle is blue.');
      const { hits } = await agentos.memory.search('Which colour does the kettle have?');
      return hits[0].memory.content;`);
    expect(await found).toBe('The kettle is blue.');
  });

  it('runs a program and reads its output', async () => {
    const output = inPage(`
      const run = await agentos.executions.run({ runtime: 'NODEJS', code: 'for (let n = 0; n < 3; n++) console.log(n)' });
      let output = '';
      for await (const { text } of run) output += text;
      return output + (await run.wait()).status;`);
    expect(await output).toBe('0\n1\n2\nSUCCEEDED');
  });
});
