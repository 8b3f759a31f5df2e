// The results as text, for somebody else to read. Holds no credential.
import { works } from './diagnosis.js';

/**
 * @param {object} facts
 * @param {import('./diagnosis.js').Result[]} facts.results
 * @param {import('./diagnosis.js').Finding[]} facts.findings
 * @param {(name: string, values?: any) => string} facts.text
 * @param {string} facts.at
 * @param {string} facts.browser
 */
export function reportText({ results, findings, text, at, browser }) {
  const lines = [`${text('trickle.title')}, ${at}`, browser, ''];
  for (const { level, code, values } of findings) {
    lines.push(`${text(`level.${level}`)}: ${text(`finding.${code}`, values)}`);
    const remedy = text(`finding.${code}.do`, values);
    if (remedy !== `finding.${code}.do`) lines.push(`  ${remedy}`);
  }
  for (const result of results) lines.push('', ...resultLines(result));
  return `${lines.join('\n')}\n`;
}

/** @param {import('./diagnosis.js').Result} result */
function resultLines(result) {
  const { target, gathered, relayed } = result;
  const lines = [`${works(result) ? 'ok  ' : 'FAIL'} ${target.url} (${gathered.doneMs} ms)`];
  for (const one of gathered.candidates) {
    lines.push(`     ${one.type} ${one.protocol} ${one.address}:${one.port} after ${one.atMs} ms`);
  }
  for (const one of gathered.errors) {
    lines.push(`     error ${one.code} ${one.text} after ${one.atMs} ms`);
  }
  if (relayed) {
    lines.push(relayed.isConnected
      ? `     relayed: ${relayed.rttMs} ms, ${relayed.kbps} kbit/s, `
        + `${relayed.packetsSent} packets sent, ${relayed.packetsReceived} received`
      : '     not relayed: no packet came through');
  }
  return lines;
}

/**
 * The same for the operator's programs.
 * @param {import('./diagnosis.js').Result[]} results
 * @param {import('./diagnosis.js').Finding[]} findings
 */
export function reportData(results, findings) {
  return {
    version: 1,
    findings,
    results: results.map(({ target, gathered, relayed }) => ({
      url: target.url, works: works({ target, gathered, relayed }), gathered, relayed,
    })),
  };
}
