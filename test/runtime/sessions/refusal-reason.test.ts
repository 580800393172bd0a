import { expect, it } from 'vitest';
import { refusalReason } from '../../../runtime/sessions/refusal-reason.ts';

it('keeps the first line, ends it with a full stop, and cuts it short', () => {
  expect(refusalReason(new Error('No adapter\n  at stack'))).toBe('No adapter.');
  expect(refusalReason('already a sentence.')).toBe('already a sentence.');
  expect(refusalReason('x'.repeat(5000)).length).toBeLessThan(320);
});

it('drops folders, which name users, and keeps the names of libraries', () => {
  expect(refusalReason(new Error('/home/someone/app/node_modules/x/libcudnn.so.9: cannot open shared object file'))).toBe(
    'libcudnn.so.9: cannot open shared object file.',
  );
  expect(refusalReason(new Error('C:\\Users\\someone\\ort\\onnxruntime.dll is missing'))).toBe('onnxruntime.dll is missing.');
});

it('of a failed check of ONNX Runtime keeps what went wrong', () => {
  const said =
    '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize' +
    '(const Config&)::<lambda()> adapter_result.status == Success was false. Failed to get a WebGPU adapter: No supported adapters\n\n';
  expect(refusalReason(new Error(said))).toBe('Failed to get a WebGPU adapter: No supported adapters.');
});
