/**
 * A volume and bundles → a result: each bundle segments in turn, and mask and pictures of one are written while the networks
 * of the next are at work.
 * @module
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle } from '../../runtime/bundle.ts';
import { type Segmentation, segment } from '../../runtime/segment.ts';
import type { ReadVolume } from '../intake/read-volume.ts';
import { type ResultReport, resultReport } from '../results/report.ts';
import { type ResultImages, writeImages } from '../results/write-images.ts';
import { writeReport } from '../results/write-report.ts';
import { checkBodyPart } from './check-body-part.ts';
import type { JobProgress, JobRequest } from './job.ts';

/** Mask and pictures of one bundle, and where they go. */
export interface MasksToWrite {
  /** Exists. */
  readonly folder: string;
  readonly images: ResultImages;
  /** Of the last bundle: nobody looks at the volume's voxels again. Nobody does at those of the label map, whichever it is. */
  readonly isLast: boolean;
  /** Called as overlays are done. */
  readonly onPicture: (done: number, total: number) => void;
}

/**
 * Writes them.
 * @param onAside - Called where they are written beside this thread, when that has begun: the next bundle may begin.
 */
export type WriteMasks = (masks: MasksToWrite, onAside: () => void) => Promise<void>;

export interface ResultMaterial {
  readonly request: JobRequest;
  readonly bundles: readonly Bundle[];
  readonly input: ReadVolume;
  readonly readMs: number;
  /** Of the result. */
  readonly identity: string;
  readonly onProgress?: (progress: JobProgress) => void;
  readonly writeMasks?: WriteMasks;
}

/**
 * Writes everything of a result: into the folder itself for one bundle, into one of its name for each of several.
 * @returns the reports, in the order of the bundles.
 * @throws {VoxwatchError} as `segment`, or `OUTPUT_NOT_WRITABLE`; nothing is being written any more then.
 */
export async function writeResults(folder: string, material: ResultMaterial): Promise<readonly ResultReport[]> {
  const { bundles } = material;
  const written: Promise<ResultReport>[] = [];
  try {
    for (const [position, bundle] of bundles.entries()) {
      const own = bundles.length === 1 ? folder : join(folder, bundle.manifest.name);
      await mkdir(own, { recursive: true });
      const { segmentation, segmentMs } = await segmentWith(bundle, position, material);
      await new Promise<void>((goOn) => {
        const report = writeResult(
          own,
          { bundle, segmentation, segmentMs, isLast: position === bundles.length - 1 },
          material,
          goOn,
        );
        written.push(report);
        report.then(() => goOn(), goOn);
      });
    }
  } finally {
    await Promise.allSettled(written);
  }
  return Promise.all(written);
}

async function segmentWith(
  bundle: Bundle,
  position: number,
  { bundles, input, onProgress }: ResultMaterial,
): Promise<{ readonly segmentation: Segmentation; readonly segmentMs: number }> {
  const startedMs = performance.now();
  const stages = bundle.manifest.stages.map(({ name }) => name);
  const segmentation = await segment(bundle, input.volume, {
    onProgress: ({ stage, done, total }) => {
      const before = position + (stages.indexOf(stage) + done / total) / stages.length;
      onProgress?.({ step: 'segment', done: before / bundles.length, total: 1 });
    },
  });
  return { segmentation, segmentMs: performance.now() - startedMs };
}

interface SegmentedBundle {
  readonly bundle: Bundle;
  readonly segmentation: Segmentation;
  readonly segmentMs: number;
  readonly isLast: boolean;
}

async function writeResult(
  folder: string,
  { bundle, segmentation, segmentMs, isLast }: SegmentedBundle,
  { request, input, readMs, identity, onProgress, writeMasks = writeHere }: ResultMaterial,
  onAside: () => void,
): Promise<ResultReport> {
  const startedMs = performance.now();
  const { labelMap } = segmentation;
  const images: ResultImages = {
    volume: input.volume,
    labelMap,
    labels: bundle.manifest.labels,
    overlays: request.overlays,
    ...(input.niftiSpace && { niftiSpace: input.niftiSpace }),
  };
  let isToTell = true;
  const onPicture = (done: number, total: number): void => {
    if (isToTell) onProgress?.({ step: 'write', done, total });
  };
  await writeMasks({ folder, images, isLast, onPicture }, () => {
    // Of what is done beside the next bundle's networks, their progress is what people wait for.
    isToTell = isLast;
    onAside();
  });
  const writeMs = performance.now() - startedMs;
  const report = resultReport({
    jobIdentity: identity,
    createdAt: new Date(),
    evidence: request.evidence,
    revision: request.revision,
    input: { kind: request.series.kind, sha256: input.inputSha256(), geometry: input.volume.geometry },
    inputFindings: [...input.findings, ...checkBodyPart(input.source.bodyPart, bundle.manifest)],
    bundle,
    segmentation,
    durationsMs: { read: readMs, write: writeMs, total: readMs + segmentMs + writeMs },
    peakMemoryMb: peakMemoryMb(),
  });
  await writeReport(folder, report);
  return report;
}

const writeHere: WriteMasks = ({ folder, images, onPicture }) => writeImages(folder, images, onPicture);

/** `maxRSS` is in KiB. */
function peakMemoryMb(): number {
  return Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
}
