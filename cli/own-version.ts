/**
 * voxwatch's own version, out of its package.json.
 * @module
 */
import { readFileSync } from 'node:fs';

const PACKAGE_JSON = new URL(import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json', import.meta.url);

export const OWN_VERSION = (JSON.parse(readFileSync(PACKAGE_JSON, 'utf8')) as { readonly version: string }).version;
