import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createJsonLogger, createLineLogger } from '../../cli/pino-logger.ts';
import type { LogFields } from '../../core/logger.ts';

const WITH_A_NAME = { jobId: 'j', patientName: 'Mustermann', path: '/in/Mustermann.nii', toString: 'Mustermann' } as LogFields;

it('writes one JSON line an event, with the listed fields and no other', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'log-')), 'log');
  const fd = openSync(file, 'w');
  createJsonLogger(fd).warn('job.failed', WITH_A_NAME);
  closeSync(fd);
  const { time, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
  expect(rest).toEqual({ level: 'warn', event: 'job.failed', jobId: 'j' });
  expect(new Date(time).getFullYear()).toBeGreaterThan(2024);
});

it('writes a readable line for a terminal, with the same fields', () => {
  let text = '';
  createLineLogger((line) => {
    text += line;
  }).error('job.failed', WITH_A_NAME);
  expect(text).toMatch(/^\d\d:\d\d:\d\d ERROR job\.failed jobId=j\n$/);
});
