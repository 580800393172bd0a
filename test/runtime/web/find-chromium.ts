/** Where Debian, Ubuntu and Fedora put Chromium. */
import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @returns The file to start, or nothing where there is none. */
export function findChromium(): string | undefined {
  return [process.env.CHROMIUM_BIN, ...PLACES].find((file) => file !== undefined && existsSync(file));
}
