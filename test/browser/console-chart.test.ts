import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { chromiumForTests } from '../harness/browser/chromium-for-tests.ts';
import { command, openConsole, untilConfirmed } from '../harness/browser/console-page.ts';
import { runningSandbox, startForTest } from '../harness/browser/console-server.ts';

const { chromium, later } = chromiumForTests();
const start = startForTest(later);

/** The page of a running sandbox. */
async function open(options: Parameters<typeof openConsole>[2] = {}): Promise<Page> {
  const server = await start();
  const { id } = await runningSandbox(server.host, 'my-env');
  const { page } = await openConsole(chromium(), `${server.url}#/sandboxes/${id}`, options);
  later(() => page.context().close());
  await untilConfirmed(page, 'running');
  await page.locator('.chart .active').waitFor();
  await page.locator('.chart').scrollIntoViewIfNeeded();
  return page;
}

interface Sizes {
  readonly frame: { readonly width: number; readonly height: number };
  readonly content: { readonly width: number; readonly height: number };
  readonly scroll: { readonly left: number; readonly top: number };
  /** The middle of the active state, from the corner of the frame, in px. */
  readonly active: { readonly x: number; readonly y: number };
}

const sizes = (page: Page): Promise<Sizes> =>
  page.evaluate(`(() => {
    const chart = document.querySelector('.chart');
    const box = chart.getBoundingClientRect();
    const active = chart.querySelector('.active > *').getBoundingClientRect();
    return {
      frame: { width: chart.clientWidth, height: chart.clientHeight },
      content: { width: chart.scrollWidth, height: chart.scrollHeight },
      scroll: { left: chart.scrollLeft, top: chart.scrollTop },
      active: { x: active.x + active.width / 2 - box.x, y: active.y + active.height / 2 - box.y },
    };
  })()`);

it.each([1280, 360])('fits the width of its card at %d px, and follows the active state', async (width) => {
  const page = await open({ viewport: { width, height: 800 } });
  await expect.poll(async () => (await sizes(page)).content.width).toBe((await sizes(page)).frame.width);
  for (const [name, after] of [
    ['suspend', 'suspended'],
    ['terminate', 'terminated'],
  ] as const) {
    await command(page, name).click();
    if (name === 'terminate') await page.getByRole('button', { name: 'Terminate permanently' }).click();
    await untilConfirmed(page, after);
    await expect.poll(() => page.locator('.chart .active').getAttribute('data-state')).toContain(after);
    const { frame, active } = await sizes(page);
    expect(active.x).toBeGreaterThan(0);
    expect(active.x).toBeLessThan(frame.width);
    expect(active.y).toBeGreaterThan(0);
    expect(active.y).toBeLessThan(frame.height);
  }
});

it('zooms with the buttons, the keys and the wheel, shows all of itself, and pans', async () => {
  const page = await open();
  const first = await sizes(page);
  const width = async () => (await sizes(page)).content.width;
  await page.getByRole('button', { name: 'Zoom in (+)' }).click();
  await expect.poll(width).toBeGreaterThan(first.frame.width * 1.3);
  await page.getByRole('button', { name: 'Zoom out (-)' }).click();
  await expect.poll(width).toBe(first.frame.width);

  await page.locator('.chart').focus();
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await expect.poll(width).toBeGreaterThan(first.frame.width * 1.9);
  const before = await sizes(page);
  await page.keyboard.press('ArrowDown');
  await expect.poll(async () => (await sizes(page)).scroll.top).toBeGreaterThan(before.scroll.top);
  await page.keyboard.press('0');
  // All of it: nothing is left to scroll.
  await expect
    .poll(async () => {
      const { frame, content } = await sizes(page);
      return [content.width - frame.width, content.height - frame.height];
    })
    .toEqual([0, 0]);

  // The wheel with Ctrl keeps the part of the chart under the mouse, and does not zoom the page.
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await page.locator('.chart .active > *').first().scrollIntoViewIfNeeded();
  const box = await page.locator('.chart').boundingBox();
  const { active, content } = await sizes(page);
  await page.mouse.move((box?.x ?? 0) + active.x, (box?.y ?? 0) + active.y);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -100);
  await page.keyboard.up('Control');
  await expect.poll(width).toBeGreaterThan(content.width * 1.3);
  const zoomed = await sizes(page);
  expect(Math.abs(zoomed.active.x - active.x)).toBeLessThan(3);
  expect(Math.abs(zoomed.active.y - active.y)).toBeLessThan(3);

  await page.mouse.down();
  await page.mouse.move((box?.x ?? 0) + active.x - 60, (box?.y ?? 0) + active.y - 40, { steps: 4 });
  await page.mouse.up();
  await expect
    .poll(async () => (await sizes(page)).scroll, { timeout: 10_000 })
    .toEqual({ left: zoomed.scroll.left + 60, top: zoomed.scroll.top + 40 });
});

it('zooms by pinching with two fingers', async () => {
  const page = await open({ hasTouch: true, viewport: { width: 360, height: 800 } });
  const session = await page.context().newCDPSession(page);
  const box = await page.locator('.chart').boundingBox();
  const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + 200];
  const touch = (type: string, half?: number) =>
    session.send('Input.dispatchTouchEvent', {
      type: type as 'touchMove',
      touchPoints:
        half === undefined
          ? []
          : [
              { x: x - half, y, id: 1 },
              { x: x + half, y, id: 2 },
            ],
    });
  const before = await sizes(page);
  await touch('touchStart', 40);
  for (let half = 50; half <= 100; half += 10) await touch('touchMove', half);
  await touch('touchEnd');
  await expect
    .poll(async () => (await sizes(page)).content.width)
    .toBeGreaterThan(before.content.width * 1.8);
});
