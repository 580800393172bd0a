import { describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../../core/affine.ts';
import { domainSchema } from '../../../core/model-domain.ts';
import { domainOf, widened } from '../../../train/data/seen-domain.ts';
import { ALL_VOXEL_ORDERS, makeVolume, reorderVolume } from '../../runtime/make-volume.ts';

const volume = makeVolume([4, 5, 3], [], affineFromColumns([0.7, 0, 0], [0, 0.8, 0], [0, 0, 5], [0, 0, 0]));

describe('what training has seen', () => {
  it('is the pixels and slice distances of axial slices, whatever the order of the voxels', () => {
    for (const order of ALL_VOXEL_ORDERS)
      expect(domainOf(reorderVolume(volume, order).geometry)).toEqual({ pixelMm: [0.7, 0.8], sliceStepMm: [5, 5] });
  });

  it('spans all volumes, and is a domain that a manifest may have', () => {
    const thin = makeVolume([4, 5, 3], [], affineFromColumns([0.9, 0, 0], [0, 0.9, 0], [0, 0, 1.25], [0, 0, 0]));
    const domain = widened(domainOf(volume.geometry), domainOf(thin.geometry));
    expect(domain).toEqual({ pixelMm: [0.7, 0.9], sliceStepMm: [1.25, 5] });
    expect(domainSchema.parse(domain)).toEqual(domain);
  });

  it('is unknown where no volume was seen, and stays what it was where another run saw none', () => {
    const domain = domainOf(volume.geometry);
    expect(widened(undefined, undefined)).toBeUndefined();
    expect([widened(domain, undefined), widened(undefined, domain)]).toEqual([domain, domain]);
  });
});
