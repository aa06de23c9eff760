export { clearFormerPeers } from './ending.ts';
export { clearOldEntries, publishing } from './nudging.ts';
export { contentHashOf } from './protocol.ts';
export { countDuePulls, pullPeers } from './pulling.ts';
