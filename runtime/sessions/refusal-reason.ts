/**
 * What an inference engine complained of → one sentence that may stand in a report.
 * @module
 */

/** Engines print whole stacks; more than this nobody reads. */
const MAX_CHARACTERS = 300;

/** ONNX Runtime's checks, `file.cc:136 function(…) condition was false. What went wrong`, and its functions, `OrtDoThis: …`. */
const FAILED_CHECK = /^.* was false\. |^Ort\w+: /;

/** `/usr/lib/x/libcudnn.so.9` → `libcudnn.so.9`: folders name users, files are what has to be found. */
const FOLDERS = /(?:[A-Za-z]:)?[\w.~-]*[/\\][^\s:'"]*[/\\]/g;

/** The first line, without folders. */
export function refusalReason(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const [line] = text.trim().split('\n') as [string];
  const short = line.replace(FAILED_CHECK, '').replace(FOLDERS, '').trim().slice(0, MAX_CHARACTERS);
  return /[.!?]$/.test(short) ? short : `${short}.`;
}
