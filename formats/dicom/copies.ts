/**
 * Slices of one name (SOP Instance UID and frame) → one each, and what became of the others.
 * Source: DICOM PS3.5 section 9: a UID names one object for ever, so two that differ contradict each other.
 * @module
 */
import type { DicomInstance } from './instance.ts';

export interface UniqueSlices {
  /** One of each name, in the order in which they were met. */
  readonly instances: readonly DicomInstance[];
  /** For each slice that was there more than once with the same content: how many more. */
  readonly copies: ReadonlyMap<DicomInstance, number>;
  /** Slices whose name another slice with other content has. */
  readonly contradicted: ReadonlySet<DicomInstance>;
}

/** Sorts out slices that are there more than once. */
export function uniqueSlices(instances: readonly DicomInstance[]): UniqueSlices {
  const known = new Map<string, { readonly first: DicomInstance; readonly content: string }>();
  const copies = new Map<DicomInstance, number>();
  const contradicted = new Set<DicomInstance>();
  for (const instance of instances) {
    const name = `${instance.seriesInstanceUid}/${instance.sopInstanceUid}/${instance.frameIndex}`;
    const content = contentOf(instance);
    const before = known.get(name);
    if (!before) known.set(name, { first: instance, content });
    else if (before.content === content) copies.set(before.first, (copies.get(before.first) ?? 0) + 1);
    else contradicted.add(before.first);
  }
  return { instances: [...known.values()].map(({ first }) => first), copies, contradicted };
}

/** What must be equal in copies. How the pixels are packed is no content; when the picture was made is. */
function contentOf(instance: DicomInstance): string {
  const { transferSyntaxUid: _, pixelKind: __, ...content } = instance;
  return JSON.stringify(content);
}
