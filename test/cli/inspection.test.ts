import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { inspect } from '../../cli/commands/inspect.ts';
import { type Inspection, inspectionSchema } from '../../cli/inspection.ts';
import { coloured, inspectionText } from '../../cli/inspection-text.ts';
import { writeCtSeries } from '../../formats/dicom/write-instance.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { axialGrid, countingVolume } from '../formats/phantoms.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const SCHEMA = fileURLToPath(new URL('../../docs/schemas/inspect.schema.json', import.meta.url));

async function printedBy(...argv: readonly string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [MAIN, ...argv])).stdout;
}

let root = '';
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'voxwatch-inspect-'));
  const tilted = countingVolume(axialGrid([6, 5, 8], 0.8));
  const files = writeCtSeries(tilted, { seed: 7, seriesDescription: 'Phantom', convolutionKernel: 'STANDARD' });
  await Promise.all(files.map((bytes, k) => writeFile(path.join(root, `${k}.dcm`), bytes)));
  await writeFile(path.join(root, 'notes.txt'), 'hello');
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('inspect', () => {
  it('gives what its published schema promises', async () => {
    const inspection = inspectionSchema.parse(await inspect(root));
    const [series] = inspection.series;
    expect(series?.geometry?.tiltDegrees).toBeCloseTo(17.74, 2);
    expect(series?.geometry?.sliceDistanceMm.map((mm) => mm.toFixed(2))).toEqual(['2.50', '2.50']);
    expect(series?.acquisition).toEqual({
      transferSyntaxUid: '1.2.840.10008.1.2.1',
      kernel: 'STANDARD',
      patientPosition: 'HFS',
      hasContrast: false,
    });
    const schema = `${JSON.stringify(z.toJSONSchema(inspectionSchema), null, 2)}\n`;
    await expect(schema).toMatchFileSnapshot(SCHEMA);
  });

  it('prints JSON that the committed schema takes: a stack with a hole, a NIfTI, files of none', async () => {
    await writeFile(path.join(root, 'volume.nii.gz'), writeNiftiVolume(countingVolume(axialGrid([4, 3, 2]))));
    await rm(path.join(root, '3.dcm'));
    const whole = writeNiftiVolume(countingVolume(axialGrid([4, 3, 2])));
    await writeFile(path.join(root, 'broken.nii.gz'), whole.subarray(0, whole.length / 2));
    const printed = await printedBy('inspect', '--json', root);
    const schema = JSON.parse(await readFile(SCHEMA, 'utf8')) as Parameters<typeof z.fromJSONSchema>[0];
    const { series, setAside } = z.fromJSONSchema(schema).parse(JSON.parse(printed)) as Inspection;
    expect(
      series
        .filter(({ geometry }) => geometry)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['dicom', 'nifti']);
    expect(series.find(({ kind }) => kind === 'dicom')?.geometry?.slicePositionsMm).toHaveLength(7);
    expect(setAside.map(({ file }) => file)).toContain('notes.txt');
    expect(z.fromJSONSchema(schema).safeParse({ series: [{ ...series[0], files: 'eight' }], setAside }).success).toBe(false);
  });

  it('shows a table no wider than 120 columns, coloured only where asked', async () => {
    const text = inspectionText(await inspect(root));
    expect(text).toMatch(/^ok .* 6×5×8 .* 17\.7° /m);
    expect(text).toContain('1 file of no series');
    expect(text).not.toContain('\u001b');
    expect(Math.max(...(text.split('\n\n')[0] as string).split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(inspectionText(await inspect(root), coloured)).toContain('\u001b[32mok\u001b[0m');
  });
});
