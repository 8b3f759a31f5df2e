// What a phone sounds like, made by the browser itself.

/** @typedef {{frequencies: number[], beats: [number, number][], every: number}} Tone */

/**
 * Seconds; each beat is a beginning and a length.
 * @type {Record<string, Tone>}
 */
const tones = {
  // Somebody calls: two soft chords, then a pause.
  incoming: { frequencies: [523, 659, 784], beats: [[0, 0.35], [0.5, 0.35]], every: 2.5 },
  // It rings over there: ITU-T E.180 gives 425 Hz, one second of five.
  outgoing: { frequencies: [425], beats: [[0, 1]], every: 5 },
  ended: { frequencies: [392], beats: [[0, 0.12], [0.2, 0.12]], every: 0 },
};

/** @type {AudioContext | null} */
let context = null;
let timer = 0;

/**
 * Plays until `silence`. Before somebody has touched the page browsers may keep it quiet.
 * @param {'incoming' | 'outgoing' | 'ended'} name
 */
export function play(name) {
  silence();
  const tone = tones[name];
  const round = () => {
    sound(tone);
    if (name === 'incoming') navigator.vibrate?.([400, 200, 400]);
  };
  round();
  if (tone.every > 0) timer = setInterval(round, tone.every * 1000);
}

export function silence() {
  clearInterval(timer);
  timer = 0;
  navigator.vibrate?.(0);
  context?.close().catch(() => {});
  context = null;
}

/** @param {Tone} tone */
function sound({ frequencies, beats }) {
  try {
    context ??= new AudioContext();
  } catch {
    return;
  }
  if (context.state === 'suspended') context.resume().catch(() => {});
  for (const [start, length] of beats) {
    for (const frequency of frequencies) {
      note(context, frequency, start, length, frequencies.length);
    }
  }
}

/**
 * @param {AudioContext} audio
 * @param {number} frequency
 * @param {number} start
 * @param {number} length
 * @param {number} voices
 */
function note(audio, frequency, start, length, voices) {
  const from = audio.currentTime + start;
  const oscillator = audio.createOscillator();
  const volume = audio.createGain();
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0, from);
  volume.gain.linearRampToValueAtTime(0.12 / voices, from + 0.03);
  volume.gain.setValueAtTime(0.12 / voices, from + length - 0.05);
  volume.gain.linearRampToValueAtTime(0, from + length);
  oscillator.connect(volume).connect(audio.destination);
  oscillator.start(from);
  oscillator.stop(from + length);
}
