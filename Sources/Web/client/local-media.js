// Microphone, camera and screen of one call.
import { MediaError } from './media-error.js';

/**
 * @typedef {object} LocalMediaOptions
 * @property {any} devices `navigator.mediaDevices`, or what stands in for it.
 * @property {() => any} createStream
 * @property {(track: any, stream: any) => Promise<void>} send Sends a track instead of the one of
 *   its kind.
 * @property {(kind: string) => Promise<void>} unsend
 * @property {() => void} onChange
 */

export class LocalMedia {
  #options;
  /** What the page shows of this side. */
  stream;
  /** A camera was wished for and there is none. */
  isCameraMissing = false;
  isSharing = false;
  #wantsVideo = false;
  #isClosed = false;
  /** @type {Record<string, string | undefined>} Chosen devices by kind of track. */
  #chosen = {};
  /** @type {any} */
  #screen = null;

  /** @param {LocalMediaOptions} options */
  constructor(options) {
    this.#options = options;
    this.stream = options.createStream();
  }

  get isMuted() {
    const track = this.#track('audio');
    return track !== null && !track.enabled;
  }

  get isVideoOn() {
    return this.#track('video')?.enabled === true;
  }

  /** What the other side may be told (`call:media`). */
  get state() {
    return { audio: this.#track('audio')?.enabled === true, video: this.isVideoOn };
  }

  /**
   * Asks for the devices (S3-7). A call that wished for video goes on as a voice call when there
   * is no camera.
   * @param {{video: boolean, stream?: any, audioDevice?: string, videoDevice?: string}} wish
   *   `stream`: captured before (S4-3).
   */
  async open({ video, stream, audioDevice, videoDevice }) {
    this.#wantsVideo = video;
    this.#chosen = { audio: audioDevice, video: videoDevice };
    const captured = stream ?? await this.#capture(video);
    if (this.#isClosed) {
      stop(captured);
      throw new MediaError('closed');
    }
    for (const track of captured.getTracks()) this.stream.addTrack(track);
  }

  /** Sends all that was captured. */
  async sendAll() {
    for (const track of this.stream.getTracks()) await this.#options.send(track, this.stream);
  }

  /** @param {boolean} video */
  async #capture(video) {
    try {
      return await this.#ask({ audio: true, video });
    } catch (error) {
      if (!video || MediaError.of(error).code !== 'no_device') throw error;
      const voice = await this.#ask({ audio: true, video: false });
      this.isCameraMissing = true;
      return voice;
    }
  }

  /** @param {{audio: boolean, video: boolean}} wanted */
  async #ask({ audio, video }) {
    const { devices } = this.#options;
    if (!devices?.getUserMedia) throw new MediaError('insecure_page');
    try {
      return await devices.getUserMedia({
        audio: audio && { ...exact(this.#chosen.audio), echoCancellation: true },
        video: video && {
          ...exact(this.#chosen.video), width: { ideal: 1280 }, height: { ideal: 720 },
        },
      });
    } catch (error) {
      throw MediaError.of(error);
    }
  }

  /** @returns {boolean} Whether the microphone is off now. */
  toggleMute() {
    const track = this.#track('audio');
    if (track) track.enabled = !track.enabled;
    this.#options.onChange();
    return this.isMuted;
  }

  /**
   * Switches the camera; captures it first in a voice call.
   * @returns {Promise<boolean>}
   */
  async toggleVideo() {
    const track = this.#track('video');
    if (track) track.enabled = !track.enabled;
    else await this.#replace((await this.#ask({ audio: false, video: true })).getVideoTracks()[0]);
    this.#wantsVideo = this.isVideoOn;
    this.isCameraMissing = false;
    this.#options.onChange();
    return this.isVideoOn;
  }

  /**
   * Uses another microphone or camera from now on.
   * @param {'audio' | 'video'} kind
   * @param {string} deviceId
   */
  async choose(kind, deviceId) {
    this.#chosen[kind] = deviceId;
    const before = this.#track(kind);
    if (before === null || (kind === 'video' && this.isSharing)) return;
    // Some phones open a camera only when the other one is closed.
    if (kind === 'video') before.stop();
    const captured = await this.#ask({ audio: kind === 'audio', video: kind === 'video' });
    const [track] = captured.getTracks();
    track.enabled = before.enabled;
    await this.#replace(track);
    this.#options.onChange();
  }

  /** Shows the screen instead of the camera, until it is called again or the browser ends it. */
  async toggleScreen() {
    if (this.isSharing) {
      await this.#endScreen();
      return false;
    }
    const { devices } = this.#options;
    if (!devices?.getDisplayMedia) throw new MediaError('no_screen');
    let captured;
    try {
      captured = await devices.getDisplayMedia({ video: true });
    } catch (error) {
      throw MediaError.of(error);
    }
    [this.#screen] = captured.getVideoTracks();
    this.#screen.onended = () => this.#endScreen();
    this.isSharing = true;
    await this.#replace(this.#screen);
    this.#options.onChange();
    return true;
  }

  async #endScreen() {
    if (!this.isSharing || this.#isClosed) return;
    this.isSharing = false;
    this.#screen.onended = null;
    try {
      if (this.#wantsVideo) {
        await this.#replace((await this.#ask({ audio: false, video: true })).getVideoTracks()[0]);
      } else {
        await this.#remove('video');
      }
    } catch {
      await this.#remove('video');
    }
    this.#options.onChange();
  }

  /** Releases every device. */
  close() {
    this.#isClosed = true;
    stop(this.stream);
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track);
  }

  /** @param {string} kind */
  #track(kind) {
    return this.stream.getTracks().find((/** @type {any} */ track) => track.kind === kind) ?? null;
  }

  /** @param {any} track */
  async #replace(track) {
    if (this.#isClosed) {
      track.stop();
      throw new MediaError('closed');
    }
    this.#take(track.kind);
    this.stream.addTrack(track);
    await this.#options.send(track, this.stream);
  }

  /** @param {string} kind */
  async #remove(kind) {
    this.#take(kind);
    await this.#options.unsend(kind);
  }

  /** @param {string} kind */
  #take(kind) {
    const before = this.#track(kind);
    if (before === null) return;
    this.stream.removeTrack(before);
    before.stop();
  }
}

/** @param {string | undefined} deviceId */
function exact(deviceId) {
  return deviceId ? { deviceId: { exact: deviceId } } : {};
}

/** @param {any} stream */
function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}
