import { describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../core/affine.ts';
import { parseManifest } from '../../core/model-manifest.ts';
import { createVolume, type Volume } from '../../core/volume.ts';
import { axialView } from '../../preprocess/reorient.ts';
import { domainFindings } from '../../runtime/domain-findings.ts';
import { tinyBundleFiles } from './make-tiny-bundle.ts';
import { makeVolume, reorderVolume } from './make-volume.ts';

const domain = { pixelMm: [0.6, 1], sliceStepMm: [1, 5] } as const;

/** A body of soft tissue and some bone in air. */
function body(pixelMm = 0.8, stepMm = 2.5): Volume {
  const volume = makeVolume(
    [40, 40, 8],
    [
      { from: [8, 8, 0], to: [32, 32, 8], hu: -100 },
      { from: [10, 10, 0], to: [30, 30, 8], hu: 50 },
      { from: [18, 24, 0], to: [22, 28, 8], hu: 900 },
    ],
    affineFromColumns([pixelMm, 0, 0], [0, pixelMm, 0], [0, 0, stepMm], [0, 0, 0]),
  );
  return mapped(volume, (hu) => (hu === 0 ? -1000 : hu));
}

function mapped({ geometry, hu }: Volume, change: (hu: number) => number): Volume {
  return createVolume(geometry, hu.map(change));
}

function findingsOf(volume: Volume, of: Parameters<typeof domainFindings>[1]['manifest'] = { name: 'tiny', domain }) {
  return domainFindings(volume, { view: axialView(volume.geometry), manifest: of });
}

describe('voxels of a size that the model was not trained on', () => {
  it('are said, in the plane and from slice to slice; within the range nothing is', () => {
    expect(findingsOf(body())).toEqual([]);
    expect(findingsOf(body(0.3))).toMatchObject([
      {
        code: 'SPACING_OUTSIDE_DOMAIN',
        severity: 'warning',
        message: expect.stringMatching(/0\.30 mm wide; the model tiny .* 0\.6 to 1 mm/),
      },
    ]);
    expect(findingsOf(body(0.8, 10))).toMatchObject([{ message: expect.stringMatching(/10\.00 mm apart; .* 1 to 5 mm/) }]);
    expect(findingsOf(body(2, 0.5))).toHaveLength(2);
  });

  it('are those of the axial slices, however the voxels lie in the file', () => {
    const sagittal = reorderVolume(body(), { axes: [1, 2, 0], isFlipped: [false, true, false] });
    expect(findingsOf(sagittal)).toEqual([]);
    const thick = reorderVolume(body(0.8, 10), { axes: [2, 0, 1], isFlipped: [true, false, false] });
    expect(findingsOf(thick)).toMatchObject([{ message: expect.stringContaining('10.00 mm apart') }]);
  });

  it('are found in one wide gap of an uneven stack', () => {
    const { geometry, hu } = body();
    const slicePositionsMm = [0, 2.5, 5, 7.5, 17.5, 20, 22.5, 25];
    expect(findingsOf(createVolume({ ...geometry, slicePositionsMm }, hu))).toHaveLength(1);
  });

  it('pass within rounding, in a single slice, and where the bundle says nothing', () => {
    expect(findingsOf(body(0.8, 5.004))).toEqual([]);
    const { geometry, hu } = body(0.8, 50);
    const [width, height] = geometry.sizeVoxels;
    const single = createVolume({ ...geometry, sizeVoxels: [width, height, 1] }, hu.slice(0, width * height));
    expect(findingsOf(single)).toEqual([]);
    expect(findingsOf(body(9, 90), { name: 'tiny' })).toEqual([]);
  });
});

describe('values that cannot be Hounsfield units of a body', () => {
  it.each([
    ['an offset of 1000 that was forgotten', (hu: number) => hu + 1000, /air or fat/],
    ['an MR with its background at 0', (hu: number) => (hu === -1000 ? 0 : hu + 200), /air or fat/],
    ['an MR scaled as a CT', (hu: number) => (hu === -1000 ? -1024 : hu * 3 + 700), /soft tissue/],
    ['air alone, with some noise', (hu: number) => -1000 + (hu % 7), /values of air/],
  ])('are said: %s', (_, change, reason) => {
    expect(findingsOf(mapped(body(), change))).toMatchObject([
      { code: 'INTENSITIES_OUTSIDE_DOMAIN', severity: 'warning', message: expect.stringMatching(reason) },
    ]);
  });

  it('are not looked for in a few voxels', () => {
    expect(findingsOf(makeVolume([21, 21, 21], []))).toEqual([]);
    expect(findingsOf(makeVolume([22, 22, 22], []))).toHaveLength(1);
  });
});

describe('the domain in a manifest', () => {
  const withDomain = (value: unknown): string => {
    const manifest = JSON.parse(new TextDecoder().decode(tinyBundleFiles().get('manifest.json'))) as object;
    return JSON.stringify({ ...manifest, domain: value });
  };

  it('may be there, whole and the right way round', () => {
    expect(parseManifest(withDomain(domain)).domain).toEqual(domain);
    for (const wrong of [{ ...domain, pixelMm: [1, 0.6] }, { pixelMm: [0.6, 1] }, { ...domain, sliceStepMm: [0, 5] }]) {
      expect(() => parseManifest(withDomain(wrong))).toThrow(/at domain/);
    }
  });
});
