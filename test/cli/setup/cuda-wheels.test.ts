import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CUDA_WHEELS, ONNXRUNTIME_VERSION } from '../../../cli/setup/cuda-wheels.ts';
import { NVIDIA_LIBRARIES, PROVIDER_LIBRARIES } from '../../../runtime/sessions/cuda-libraries.ts';

const root = join(import.meta.dirname, '../../..');

it('holds exactly the libraries that are loaded and linked', () => {
  const brought = CUDA_WHEELS.flatMap(({ libraries }) => Object.keys(libraries));
  expect(brought.sort()).toEqual([...NVIDIA_LIBRARIES, ...PROVIDER_LIBRARIES].sort());
});

it('is pinned to the version of onnxruntime-node that package.json asks for', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  expect(dependencies['onnxruntime-node']).toBe(ONNXRUNTIME_VERSION);
});

it('names each wheel as its project and version are named, for the platform it is for', () => {
  for (const { project, version, file, sha256 } of CUDA_WHEELS) {
    expect(file.startsWith(`${project.replaceAll('-', '_')}-${version}-`), project).toBe(true);
    expect(file, project).toMatch(/manylinux\w*_x86_64\.whl$/);
    expect(sha256, project).toMatch(/^[0-9a-f]{64}$/);
  }
});

it('is what the page on providers lists', () => {
  const page = readFileSync(join(root, 'docs/providers.md'), 'utf8');
  for (const { file, sha256 } of CUDA_WHEELS) expect(page).toContain(`| \`${file}\` | \`${sha256}\` |`);
});
