/**
 * A segmentation, or a refusal → `report.json`. Names nothing of the patient but the result folder it lies in.
 * @module
 */
import { affineSpacingMm, axisCodes } from '../../core/affine.ts';
import type { Finding } from '../../core/finding.ts';
import type { ModelManifest } from '../../core/model-manifest.ts';
import type { Precision } from '../../core/model-variants.ts';
import type { GridGeometry } from '../../core/volume.ts';
import type { LabelMeasurement, LesionMeasurement, Outcome } from '../../runtime/measures/measure.ts';
import type { Segmentation } from '../../runtime/segment.ts';
import type { RefusedProvider } from '../../runtime/sessions/session.ts';
import { networkSha256 } from '../../runtime/stage-networks.ts';
import type { CompletenessEvidence, Revision } from '../job/job.ts';
import { SOFTWARE } from './software.ts';

/** Raised when a reader of the old report would misread the new one. */
export const REPORT_SCHEMA_VERSION = 1;

export const REPORT_FILE = 'report.json';

interface ReportHead {
  readonly schemaVersion: typeof REPORT_SCHEMA_VERSION;
  readonly software: { readonly name: string; readonly version: string };
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Digest of what the result depends on; the same job is not done twice. */
  readonly jobIdentity: string;
  readonly evidence: CompletenessEvidence;
  readonly findings: readonly Finding[];
}

/** `report.json` of a result. */
export interface ResultReport extends ReportHead {
  readonly status: 'segmented';
  /** Absent for the first result of a series. */
  readonly revision?: Revision;
  readonly outcome: Outcome;
  readonly labels: readonly LabelMeasurement[];
  /** One a lesion, the largest first; absent where the bundle marks none. */
  readonly lesions?: readonly LesionMeasurement[];
  readonly bundle: {
    readonly name: string;
    readonly version: string;
    readonly manifestSha256: string;
    /** Of the networks that ran; `fp32` is as they were trained. */
    readonly precision: Precision;
    readonly stages: readonly { readonly name: string; readonly sha256: string }[];
  };
  readonly input: {
    readonly kind: 'dicom' | 'nifti';
    readonly sha256: string;
    readonly sizeVoxels: readonly number[];
    readonly spacingMm: readonly number[];
    readonly axisCodes: string;
  };
  /** The provider that really ran, and those that were asked before it. */
  readonly provider: { readonly name: string; readonly refused: readonly RefusedProvider[] };
  readonly timingsMs: {
    readonly read: number;
    /** By stage. */
    readonly stages: Readonly<Record<string, number>>;
    readonly postprocess: number;
    /** Mask and pictures. */
    readonly write: number;
    readonly total: number;
  };
  /** By stage, over the slices that it ran on; absent for a stage that ran on none. */
  readonly secondsPerSlice: Readonly<Record<string, number>>;
  /** The most memory the worker process has held since it started, MB. */
  readonly peakMemoryMb: number;
}

/** `report.json` of an input that must not be segmented, or that the rules leave alone. */
export interface RefusalReport extends ReportHead {
  readonly status: 'refused' | 'not-chosen';
  readonly code: string;
  /** One sentence a radiographer understands. */
  readonly message: string;
}

export interface ResultFacts {
  readonly jobIdentity: string;
  readonly createdAt: Date;
  readonly evidence: CompletenessEvidence;
  readonly revision?: Revision | undefined;
  readonly input: { readonly kind: 'dicom' | 'nifti'; readonly sha256: string; readonly geometry: GridGeometry };
  /** What reading the input found; the segmentation's own findings are added. */
  readonly inputFindings: readonly Finding[];
  readonly bundle: { readonly manifest: ModelManifest; readonly manifestSha256: string };
  readonly segmentation: Segmentation;
  readonly durationsMs: { readonly read: number; readonly write: number; readonly total: number };
  readonly peakMemoryMb: number;
}

/** Reports a result. */
export function resultReport(facts: ResultFacts): ResultReport {
  const { segmentation, bundle, input, durationsMs } = facts;
  const { stages, postprocessMs } = segmentation.timings;
  const ran = stages.filter(({ slices }) => slices > 0);
  return {
    schemaVersion: REPORT_SCHEMA_VERSION,
    status: 'segmented',
    ...(facts.revision ? { revision: facts.revision } : {}),
    outcome: segmentation.outcome,
    labels: segmentation.measurements.map(roundFigures),
    ...(segmentation.lesions ? { lesions: segmentation.lesions.map(roundLesion) } : {}),
    findings: [...facts.inputFindings, ...segmentation.findings],
    evidence: facts.evidence,
    bundle: {
      name: bundle.manifest.name,
      version: bundle.manifest.version,
      manifestSha256: bundle.manifestSha256,
      precision: segmentation.precision,
      stages: bundle.manifest.stages.map((stage) => ({
        name: stage.name,
        sha256: networkSha256(stage, segmentation.precision),
      })),
    },
    input: {
      kind: input.kind,
      sha256: input.sha256,
      sizeVoxels: input.geometry.sizeVoxels,
      spacingMm: affineSpacingMm(input.geometry.voxelToWorld),
      axisCodes: axisCodes(input.geometry.voxelToWorld),
    },
    provider: segmentation.provider,
    timingsMs: {
      read: Math.round(durationsMs.read),
      stages: Object.fromEntries(stages.map(({ stage, durationMs }) => [stage, Math.round(durationMs)])),
      postprocess: Math.round(postprocessMs),
      write: Math.round(durationsMs.write),
      total: Math.round(durationsMs.total),
    },
    secondsPerSlice: Object.fromEntries(
      ran.map(({ stage, slices, durationMs }) => [stage, Number((durationMs / 1000 / slices).toPrecision(3))]),
    ),
    peakMemoryMb: facts.peakMemoryMb,
    software: SOFTWARE,
    jobIdentity: facts.jobIdentity,
    createdAt: facts.createdAt.toISOString(),
  };
}

/** To a mm³, a micrometre, a hundredth of a mm² or Hounsfield unit: what follows is noise of the arithmetic. */
function roundFigures<T extends LabelMeasurement | LesionMeasurement>(measured: T): T {
  const { meanHu, sdHu } = measured;
  return {
    ...measured,
    volumeMl: rounded(measured.volumeMl, 3),
    largestDiameterMm: rounded(measured.largestDiameterMm, 3),
    largestDiameter3dMm: rounded(measured.largestDiameter3dMm, 3),
    surfaceMm2: rounded(measured.surfaceMm2, 2),
    ...(meanHu === undefined ? {} : { meanHu: rounded(meanHu, 2) }),
    ...(sdHu === undefined ? {} : { sdHu: rounded(sdHu, 2) }),
  };
}

function roundLesion(lesion: LesionMeasurement): LesionMeasurement {
  const [x, y, z] = lesion.centroidMm;
  return { ...roundFigures(lesion), centroidMm: [rounded(x, 3), rounded(y, 3), rounded(z, 3)] };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

export interface RefusalFacts {
  readonly status: RefusalReport['status'];
  readonly jobIdentity: string;
  readonly createdAt: Date;
  readonly evidence: CompletenessEvidence;
  readonly findings: readonly Finding[];
  readonly code: string;
  readonly message: string;
}

/** Reports a refusal. */
export function refusalReport({ status, code, message, findings, evidence, jobIdentity, createdAt }: RefusalFacts): RefusalReport {
  return {
    schemaVersion: REPORT_SCHEMA_VERSION,
    status,
    code,
    message,
    findings,
    evidence,
    software: SOFTWARE,
    jobIdentity,
    createdAt: createdAt.toISOString(),
  };
}
