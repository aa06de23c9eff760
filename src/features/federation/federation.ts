export { openPeering, type Peering } from './peering.ts';
export { livePeer } from './peers.ts';
export { countUntold, tellPeers } from './telling.ts';
