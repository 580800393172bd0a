/**
 * Who made a result: the name and version of this software.
 * @module
 */
import { readFileSync } from 'node:fs';

const packageJson = new URL(import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json', import.meta.url);
const { name, version } = JSON.parse(readFileSync(packageJson, 'utf8')) as { name: string; version: string };

export const SOFTWARE = { name, version } as const;

/** Raised whenever the same input and bundle would give another result; it is part of a job's identity. */
export const PIPELINE_VERSION = 1;
