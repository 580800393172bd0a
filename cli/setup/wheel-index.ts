/**
 * A wheel's name → where a Python package index keeps it. Source: PEP 691, the JSON form of the simple repository API.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { Wheel } from './cuda-wheels.ts';
import { failedDownload } from './setup-errors.ts';

/** What pip uses where nothing else is configured. */
export const PYPI_INDEX = 'https://pypi.org/simple/';

const ACCEPT = 'application/vnd.pypi.simple.v1+json';

/** The part of the answer that is read. */
interface ProjectPage {
  readonly files?: readonly { readonly filename: string; readonly url: string; readonly hashes?: { readonly sha256?: string } }[];
}

/**
 * Asks an index for the address of a wheel.
 * @param index - `https://…/simple/`, as pip's `--index-url`.
 * @throws {VoxwatchError} `SETUP_DOWNLOAD` if it cannot be reached, does not speak JSON, or has no such file;
 *   `SETUP_FILE` if it has another file under that name.
 */
export async function findWheel(index: string, wheel: Wheel): Promise<URL> {
  const page = new URL(`${wheel.project}/`, index.endsWith('/') ? index : `${index}/`);
  const response = await fetch(page, { headers: { accept: ACCEPT } }).catch((cause: unknown) => {
    throw failedDownload('the package index cannot be reached', cause);
  });
  if (!response.ok) throw failedDownload(`the package index answers ${response.status} for ${wheel.project}`);
  const { files } = (await response.json().catch((cause: unknown) => {
    throw failedDownload('the package index does not answer in JSON (PEP 691)', cause);
  })) as ProjectPage;
  const found = files?.find(({ filename }) => filename === wheel.file);
  if (!found) throw failedDownload(`the package index has no ${wheel.project} ${wheel.version} for this platform`);
  const offered = found.hashes?.sha256;
  if (offered !== undefined && offered !== wheel.sha256) {
    throw new VoxwatchError(
      'SETUP_FILE',
      `The package index has another ${wheel.project} ${wheel.version} than the pinned one: the sha256 differs. Use another index.`,
    );
  }
  return new URL(found.url, response.url || page);
}
