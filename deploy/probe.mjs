/**
 * Asks the daemon on this machine and ends with 0 if the answer is good: `node probe.mjs health` or `ready`. For the health
 * checks of containers, which cannot send a token by themselves. Where to ask: VOXWATCH_HTTP, port 9090 by default.
 */
const page = process.argv[2] ?? 'health';
const port = process.env.VOXWATCH_HTTP?.split(':').at(-1) || '9090';
const token = process.env.VOXWATCH_HTTP_TOKEN;
try {
  const response = await fetch(`http://127.0.0.1:${port}/${page}`, {
    headers: token ? { authorization: `Bearer ${token}` } : {},
    signal: AbortSignal.timeout(5_000),
  });
  process.stdout.write(await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch {
  process.stdout.write('no answer\n');
  process.exitCode = 1;
}
