import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { scoresJsonSchema } from '../../evaluate/score-document.ts';

describe('the published schema of scores.json', () => {
  it('is that of the code', async () => {
    const published = await readFile(new URL('../../docs/schemas/evaluate-scores.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(scoresJsonSchema())));
  });
});
