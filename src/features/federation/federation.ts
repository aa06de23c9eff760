export { canonicalBaseUrl } from './base-url.ts';
export { endedPeer, livePeerId } from './examples.ts';
export {
  claimDuePeers,
  duePeers,
  formerPeers,
  type Giver,
  goOnReading,
  noteRead,
  type Read,
  readAgainSoon,
  readSoon,
} from './health.ts';
export { peerIssuer } from './issuers.ts';
export { BaseUrl, Seconds, signMessage } from './messages.ts';
export { type Move, MoveClaims, maxMoves, moveType, verifyMove } from './moved.ts';
export { messageIn, messageType, takeMessages } from './node-messages.ts';
export { feedPath, movesPath, PeerFailure } from './peer-keys.ts';
export { openPeering, type Peering } from './peering.ts';
export { getPeer, holdLivePeer, type LivePeer, livePeer, livePeers } from './peers.ts';
export { openRelay } from './relaying.ts';
export { clockTolerance, nextTellSeconds } from './rules.ts';
export { PeerPath } from './schemas.ts';
export { sendMessage, sendSigned } from './sending.ts';
export { countUntold, tellPeers } from './telling.ts';
