import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const REPORT = path.join(import.meta.dirname, '../docs/benchmarks.md');
const TITLE = '# Benchmarks\n\nEach section is written by its benchmark; none is edited by hand.\n';

/** Replaces the section `name` of docs/benchmarks.md, or adds it at the end. */
export function writeSection(name: string, markdown: string): void {
  const report = existsSync(REPORT) ? readFileSync(REPORT, 'utf8') : TITLE;
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const section = `${begin}\n${markdown.trim()}\n${end}`;
  const from = report.indexOf(begin);
  const to = report.indexOf(end);
  const isThere = from >= 0 && to > from;
  const next = isThere
    ? report.slice(0, from) + section + report.slice(to + end.length)
    : `${report.trimEnd()}\n\n${section}\n`;
  writeFileSync(REPORT, next);
}

/** The machine in one line: processor, cores, memory, Node. */
export function describeMachine(): string {
  const cpus = os.cpus();
  const memoryGib = Math.round(os.totalmem() / 2 ** 30);
  return `${cpus[0]?.model.trim() || os.arch()}, ${cpus.length} cores, ${memoryGib} GiB memory, Node ${process.versions.node}`;
}

/** A Markdown table; numbers are given as text. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
