/** `voxwatch/web` in a real browser: bundled, served, threads and all, it gives the labels that Node gives. */
import type { Server } from 'node:http';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './find-chromium.ts';
import { againstNode } from './golden-case.ts';
import type { PageResult } from './page.ts';
import { servePage } from './serve-page.ts';

const BUNDLES = ['kidney-enet-cascade', 'liver-tumour'];
const executablePath = findChromium();
const canRun = executablePath !== undefined || process.env.CI !== undefined;
if (!canRun) console.warn('There is no Chromium on this machine: the browser test is skipped (Debian: apt-get install chromium).');

describe.skipIf(!canRun)('voxwatch/web in Chromium', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error('There is no Chromium: CI must install one.');
    const served = await servePage(BUNDLES);
    server = served.server;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(`${served.address}/index.html`);
    await page.waitForFunction('typeof segmentGolden === "function"');
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it.each(BUNDLES)('%s gives the labels of Node, tells its progress, and can be stopped', { timeout: 300_000 }, async (name) => {
    const found = (await page.evaluate(`segmentGolden(${JSON.stringify(name)})`)) as PageResult;
    const { isSame, foreground, outcome } = await againstNode(name, new Uint8Array(Buffer.from(found.labels, 'base64')));
    expect(foreground).toBeGreaterThan(1000);
    expect(isSame).toBe(true);
    expect(found).toMatchObject({ outcome, provider: 'cpu', stoppedWith: 'CANCELLED' });
    expect(found.progress.length).toBeGreaterThan(1);
    // One would mean that the page was not isolated.
    expect(found.threads).toBe(Math.min(8, (await page.evaluate('navigator.hardwareConcurrency')) as number));
    expect(errors).toEqual([]);
  });
});
