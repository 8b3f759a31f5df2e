// A daemon's status, as small as the administration can do with.
export const status = (change = {}) => ({
  version: '1.2.3', processID: 7, uptimeSeconds: 100, realm: 'r', draining: false, warnings: [],
  ports: { first: 100, last: 199, inUse: 4 }, certificates: [],
  allocations: { current: 3, sinceStart: 9 },
  workers: [{
    number: 0, allocations: 3, up: { bytes: 1000, packets: 10 }, down: { bytes: 0, packets: 0 },
    drops: { 'no-permission': 1 }, kernelReceiveDrops: 1,
  }],
  stun: { errors: { 401: 5, 486: 1 } }, streams: { refused: { full: 2 } }, ...change,
});
