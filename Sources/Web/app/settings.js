// Devices to choose from, and what is known of the connection.
import { errorText } from './ending.js';
import { notice, part } from './page.js';
import { text } from './texts.js';

/** Kinds of `enumerateDevices` and the lists that show them. */
const lists = [
  ['audioinput', 'device-audio'], ['videoinput', 'device-video'], ['audiooutput', 'device-speaker'],
];

/** @param {() => import('../client/call.js').Call | null} call */
export function wireSettings(call) {
  part('settings-close').addEventListener('click', () => part('settings').close());
  part('settings').addEventListener('click', (/** @type {MouseEvent} */ event) => {
    if (event.target === part('settings')) part('settings').close();
  });
  part('device-audio').addEventListener('change', () => choose(call(), 'audio'));
  part('device-video').addEventListener('change', () => choose(call(), 'video'));
  part('device-speaker').addEventListener('change', () => {
    part('remote-audio').setSinkId?.(part('device-speaker').value).catch(
      (/** @type {any} */ error) => notice(errorText(error)));
  });
  navigator.mediaDevices?.addEventListener('devicechange', () => {
    if (part('settings').open) fill(call());
  });
}

/** @param {import('../client/call.js').Call} call */
export async function openSettings(call) {
  await fill(call);
  part('settings').showModal();
}

/** @param {import('../client/call.js').Call | null} call @param {'audio' | 'video'} kind */
async function choose(call, kind) {
  try {
    await call?.chooseDevice(kind, part(`device-${kind}`).value);
  } catch (error) {
    notice(errorText(error));
  }
}

/** @param {import('../client/call.js').Call | null} call */
async function fill(call) {
  const devices = await navigator.mediaDevices?.enumerateDevices() ?? [];
  const used = new Set(call?.localStream.getTracks().map(
    (/** @type {any} */ track) => track.getSettings().deviceId));
  for (const [kind, id] of lists) {
    const options = devices.filter((device) => device.kind === kind).map((device, index) => {
      const name = device.label || `${index + 1}`;
      return new Option(name, device.deviceId, false, used.has(device.deviceId));
    });
    part(id).replaceChildren(...options);
    part(id).disabled = options.length === 0;
  }
  part('speaker').hidden = !('setSinkId' in HTMLMediaElement.prototype)
    || part('device-speaker').disabled;
}

/** @param {import('../client/statistics.js').StatisticsDigest} digest */
export function showStatistics(digest) {
  if (!part('settings').open) return;
  const unknown = text('stats.unknown');
  const rate = (/** @type {number | null} */ kbps) => (kbps === null ? unknown
    : kbps < 1000 ? `${kbps} kbit/s` : `${(kbps / 1000).toFixed(1)} Mbit/s`);
  const rows = [
    ['stats.path', digest.relay === null ? unknown : text(digest.relay ? 'stats.relay'
      : 'stats.direct', { protocol: (digest.protocol ?? '').toUpperCase() })],
    ['stats.rtt', digest.rttMs === null ? unknown : `${digest.rttMs} ms`],
    ['stats.loss', digest.lossPercent === null ? unknown : `${digest.lossPercent} %`],
    ['stats.in', rate(digest.inKbps)],
    ['stats.out', rate(digest.outKbps)],
    ['stats.picture', digest.frameHeight === null ? unknown
      : `${digest.frameHeight}p, ${Math.round(digest.framesPerSecond ?? 0)} fps`],
  ];
  part('statistics').replaceChildren(...rows.flatMap(([name, value]) => {
    const term = document.createElement('dt');
    term.textContent = text(name);
    const description = document.createElement('dd');
    description.textContent = value;
    return [term, description];
  }));
}
