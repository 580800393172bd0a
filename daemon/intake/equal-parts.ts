/**
 * Headers of many files → the same headers, in which what is equal is there once: the slices of a series differ in their name,
 * place and pixels alone, and a watched folder may hold 100,000 of them for months.
 * @module
 */
import type { DicomInstance } from '../../formats/dicom/instance.ts';
import type { FileHeader } from './read-file-header.ts';

/** So many different parts are remembered; then it begins anew, and no more is lost than some memory. */
const MOST_PARTS = 20_000;

export class EqualParts {
  readonly #known = new Map<string, unknown>();

  shareIn(header: FileHeader): FileHeader {
    if (header.kind !== 'dicom') return header;
    return { ...header, instances: header.instances.map((instance) => this.#shareIn(instance)) };
  }

  #shareIn(instance: DicomInstance): DicomInstance {
    const { plane, format, imageType } = instance;
    return {
      ...instance,
      sopClassUid: this.#text(instance.sopClassUid),
      seriesInstanceUid: this.#text(instance.seriesInstanceUid),
      studyInstanceUid: this.#text(instance.studyInstanceUid),
      frameOfReferenceUid: this.#text(instance.frameOfReferenceUid),
      transferSyntaxUid: this.#text(instance.transferSyntaxUid),
      modality: this.#text(instance.modality),
      bodyPart: this.#text(instance.bodyPart),
      stackId: this.#text(instance.stackId),
      seriesDescription: this.#text(instance.seriesDescription),
      protocolName: this.#text(instance.protocolName),
      kernel: this.#text(instance.kernel),
      patientPosition: this.#text(instance.patientPosition),
      imageType: this.#data(imageType),
      format: format && this.#data(format),
      plane: plane && {
        position: plane.position,
        rowDirection: this.#data(plane.rowDirection),
        columnDirection: this.#data(plane.columnDirection),
        spacingMm: this.#data(plane.spacingMm),
      },
    };
  }

  #text<T extends string | undefined>(text: T): T {
    return text === undefined ? text : this.#share(text, text);
  }

  /** @param data - Of strings, booleans and numbers. */
  #data<T extends object>(data: T): T {
    // JSON has one word for all numbers that are none; a slope that is missing must not become one that is infinite.
    const key = JSON.stringify(data, (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? `${value}` : value));
    return this.#share(`data ${key}`, data);
  }

  #share<T>(key: string, part: T): T {
    const known = this.#known.get(key);
    if (known !== undefined) return known as T;
    if (this.#known.size >= MOST_PARTS) this.#known.clear();
    this.#known.set(key, part);
    return part;
  }
}
