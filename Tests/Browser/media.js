// Put into every page before its own scripts: keeps its peer connections, so that a check can ask
// what flows.
(() => {
  const kept = [];
  const native = globalThis.RTCPeerConnection;
  if (!native) return;
  // A check may let a page use some addresses of the server only.
  const only = new RegExp(globalThis.__onlyServers ?? '');
  const filtered = (configuration = {}) => ({
    ...configuration,
    iceServers: (configuration.iceServers ?? []).map((one) => (
      { ...one, urls: [one.urls].flat().filter((url) => only.test(url)) }))
      .filter((one) => one.urls.length > 0),
  });

  globalThis.RTCPeerConnection = class extends native {
    constructor(configuration) {
      super(filtered(configuration));
      kept.push({ pc: this, frames: 0, sound: 0 });
    }

    setConfiguration(configuration) {
      super.setConfiguration(filtered(configuration));
    }
  };

  // Small pictures: several calls share two cores.
  const { mediaDevices } = navigator;
  const open = mediaDevices?.getUserMedia.bind(mediaDevices);
  if (open) {
    mediaDevices.getUserMedia = (wanted) => open(
      wanted.video ? { ...wanted, video: { width: 320, height: 240 } } : wanted);
  }

  async function measure(one) {
    if (one.pc.signalingState === 'closed') return null;
    const stats = [...(await one.pc.getStats()).values()];
    let frames = 0, sound = 0;
    for (const item of stats) {
      if (item.type !== 'inbound-rtp') continue;
      if (item.kind === 'video') frames += item.framesDecoded ?? 0;
      else sound += (item.totalSamplesReceived ?? 0) - (item.concealedSamples ?? 0);
    }
    one.frames = Math.max(frames, one.frames);
    one.sound = Math.max(sound, one.sound);
    const byId = new Map(stats.map((item) => [item.id, item]));
    const transport = stats.find((item) => item.type === 'transport' && item.selectedCandidatePairId);
    const pair = byId.get(transport?.selectedCandidatePairId);
    if (!pair) return null;
    const local = byId.get(pair.localCandidateId), remote = byId.get(pair.remoteCandidateId);
    return {
      local: local?.candidateType, relay: local?.relayProtocol, url: local?.url,
      address: `${local?.address}:${local?.port}`, remote: remote?.candidateType,
      peer: `${remote?.address}:${remote?.port}`,
    };
  }

  // Numbers of all connections that this page has had: they never fall.
  globalThis.__media = async () => {
    const pairs = [];
    for (const one of kept) pairs.push(await measure(one));
    const sum = (name) => kept.reduce((total, one) => total + one[name], 0);
    const open = kept.filter(({ pc }) => pc.signalingState !== 'closed');
    return {
      frames: sum('frames'), sound: sum('sound'), made: kept.length, open: open.length,
      states: kept.map(({ pc }) => `${pc.iceConnectionState}/${pc.signalingState}`),
      pairs: pairs.filter(Boolean),
    };
  };
})();
