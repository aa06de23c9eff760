export { clearFormerPeers } from './ending.ts';
export { clearOldEntries, publishToPeers } from './nudging.ts';
export { countDuePulls, pullPeers } from './pulling.ts';
