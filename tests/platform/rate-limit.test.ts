import t from 'tap';
import { Problem } from '../../src/platform/problem.ts';
import { RateLimiter } from '../../src/platform/rate-limit.ts';

t.test('a key may make its quota of requests in a window, and again in the next', async (t) => {
  let now = 1_000_000;
  const limiter = new RateLimiter({ quota: 2, windowSeconds: 10, name: 'token', now: () => now });
  t.same(limiter.limit('a'), { 'ratelimit-policy': '"token";q=2;w=10', ratelimit: '"token";r=1;t=10' });
  now += 4_500;
  t.same(limiter.limit('a'), { 'ratelimit-policy': '"token";q=2;w=10', ratelimit: '"token";r=0;t=6' });
  t.same(limiter.limit('b').ratelimit, '"token";r=1;t=10', 'another key has its own window');
  try {
    limiter.limit('a');
    t.fail('the third request was let through');
  } catch (error) {
    t.ok(error instanceof Problem);
    t.match(error, {
      code: 'too_many_requests',
      status: 429,
      headers: { 'retry-after': '6', ratelimit: '"token";r=0;t=6' },
    });
  }
  now += 5_500;
  t.equal(limiter.take('a').left, 1);
});

t.test('the memory of the limiter is bounded', async (t) => {
  const limiter = new RateLimiter({ quota: 1, maxKeys: 2 });
  for (const key of ['a', 'b', 'c']) t.ok(limiter.take(key).allowed);
  t.notOk(limiter.take('c').allowed);
  t.ok(limiter.take('a').allowed, 'the key seen longest ago was forgotten');
});
