import { runNode } from './program.ts';
import { serve } from './serve.ts';

await runNode(serve);
