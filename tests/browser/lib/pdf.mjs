// Reads letters as a person or a screen reader would: their text, their facts, their pages as pictures.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

function tool(name, args, input) {
  const run = spawnSync(name, args, { input, maxBuffer: 64 * 1024 * 1024 });
  if (run.error) throw run.error;
  if (run.status !== 0) throw new Error(`${name} ${args.join(' ')}: ${run.stderr}`);
  return run.stdout.toString('utf8');
}

/** The text of all pages, spaces and line breaks folded so that a sentence can be looked for. */
export function pdfText(bytes) {
  return tool('pdftotext', ['-enc', 'UTF-8', '-', '-'], bytes)
    .replace(/\u00ad/g, '')
    .replace(/\s+/g, ' ');
}

/** `pdfinfo`'s lines as an object: Title, Tagged, Pages … */
export function pdfInfo(bytes) {
  const file = inFile(bytes);
  try {
    const lines = tool('pdfinfo', [file.path]).split('\n').filter((l) => l.includes(':'));
    return Object.fromEntries(lines.map((l) => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 1).trim()]));
  } finally {
    file.remove();
  }
}

/** Throws unless qpdf finds the file sound. */
export function pdfSound(bytes) {
  const file = inFile(bytes);
  try {
    tool('qpdf', ['--check', file.path]);
  } finally {
    file.remove();
  }
}

/** Each page as a PNG beside `prefix`: prefix-1.png … */
export function pdfPictures(bytes, prefix) {
  mkdirSync(dirname(prefix), { recursive: true });
  const file = inFile(bytes);
  try {
    tool('pdftoppm', ['-r', '96', '-png', file.path, join(dirname(prefix), basename(prefix))]);
  } finally {
    file.remove();
  }
}

function inFile(bytes) {
  const dir = mkdtempSync(join(tmpdir(), 'kommunal-pdf-'));
  const path = join(dir, 'a.pdf');
  writeFileSync(path, bytes);
  return { path, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
