/** A NIfTI input for jobs: an organ with a tumour in the tiny bundle's brightness. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DiscoveredSeries } from '../../../daemon/intake/discovered-series.ts';
import type { JobRequest } from '../../../daemon/job/job.ts';
import { writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import { ORGAN_HU, TUMOUR_HU, writeTinyBundle } from '../../runtime/make-tiny-bundle.ts';
import { makeVolume } from '../../runtime/make-volume.ts';

export async function writeInput(file: string): Promise<void> {
  const volume = makeVolume(
    [24, 20, 6],
    [
      { from: [8, 8, 2], to: [16, 14, 4], hu: ORGAN_HU },
      { from: [10, 10, 2], to: [12, 12, 3], hu: TUMOUR_HU },
    ],
  );
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, writeNiftiVolume(volume));
}

/** Writes an input and a bundle below a folder, and asks for one to be done with the other. */
export async function makeRequest(root: string, changes: Partial<DiscoveredSeries> = {}): Promise<JobRequest> {
  const file = join(root, 'in', 'study.nii.gz');
  await writeInput(file);
  await writeTinyBundle(join(root, 'tiny'));
  return {
    jobId: 'job-1',
    series: { kind: 'nifti', name: 'study', key: 'nifti-1', files: [file], isClosed: true, findings: [], ...changes },
    bundleDirs: [join(root, 'tiny')],
    outDir: join(root, 'out'),
    provider: 'cpu',
    overlays: 'labelled',
    evidence: { state: 'complete', reasons: ['made for a test'] },
  };
}
